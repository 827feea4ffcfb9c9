import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageCacheUnder } from '../../src/buffers/memory/cgroup.ts';

const LIMIT = 268_435_456;

const v1 = (path: string): string => `9:name=systemd:/\n4:memory:${path}\n3:cpuset:/\n0::/\n`;
const v1Stat = `cache 5000
active_file 10
inactive_file 20
total_cache 6000
total_inactive_anon 7
total_active_anon 8
total_inactive_file 3000
total_active_file 2000
total_unevictable 0
`;
const v2Stat = `anon 100
file 9000
inactive_anon 1
active_anon 2
inactive_file 4000
active_file 1000
unevictable 0
workingset_refault_file 12
`;

/** The answer where there are these files and no others. */
function answer(files: Record<string, string>, limit = LIMIT): number {
  return pageCacheUnder(limit, (path) => files[path]);
}

test("version 1: the hierarchy's files", () => {
  const files = {
    '/proc/self/cgroup': v1('/service'),
    '/sys/fs/cgroup/memory/service/memory.limit_in_bytes': `${LIMIT}\n`,
    '/sys/fs/cgroup/memory/service/memory.stat': v1Stat,
  };
  assert.equal(answer(files), 5000);
  assert.equal(answer({ ...files, '/proc/self/cgroup': '4:cpu,memory:/service\n' }), 5000);
  assert.equal(answer({ ...files, '/proc/self/cgroup': '4:memory,cpu:/service\n' }), 5000);
});

test("version 2: the group's files", () => {
  const files = {
    '/proc/self/cgroup': '0::/system.slice/app.service\n',
    '/sys/fs/cgroup/system.slice/app.service/memory.max': `${LIMIT}\n`,
    '/sys/fs/cgroup/system.slice/app.service/memory.stat': v2Stat,
  };
  assert.equal(answer(files), 5000);
});

test('the limit may be that of a group above', () => {
  const files = {
    '/proc/self/cgroup': '0::/outer/inner/leaf\n',
    '/sys/fs/cgroup/outer/inner/leaf/memory.max': 'max\n',
    '/sys/fs/cgroup/outer/inner/memory.max': '999999999\n',
    '/sys/fs/cgroup/outer/memory.max': `${LIMIT}\n`,
    '/sys/fs/cgroup/outer/memory.stat': v2Stat,
    '/sys/fs/cgroup/outer/inner/leaf/memory.stat': 'active_file 1\n',
  };
  assert.equal(answer(files), 5000);
});

test('a container may see its own group as the root', () => {
  assert.equal(
    answer({
      '/proc/self/cgroup': v1('/docker/0123456789ab'),
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': `${LIMIT}\n`,
      '/sys/fs/cgroup/memory/memory.stat': v1Stat,
    }),
    5000,
  );
  assert.equal(
    answer({
      '/proc/self/cgroup': '0::/\n',
      '/sys/fs/cgroup/memory.max': `${LIMIT}\n`,
      '/sys/fs/cgroup/memory.stat': v2Stat,
    }),
    5000,
  );
});

test('nothing is known: no files, no group with that limit, nothing to read in it', () => {
  assert.equal(answer({}), 0);
  assert.equal(answer({ '/proc/self/cgroup': '' }), 0);
  assert.equal(answer({ '/proc/self/cgroup': '0::/\n' }), 0);
  const files = {
    '/proc/self/cgroup': '0::/app\n',
    '/sys/fs/cgroup/app/memory.max': `${LIMIT}\n`,
  };
  assert.equal(answer(files), 0);
  assert.equal(answer({ ...files, '/sys/fs/cgroup/app/memory.stat': 'anon 5\nbroken' }), 0);
  assert.equal(answer({ ...files, '/sys/fs/cgroup/app/memory.stat': v2Stat }, LIMIT + 1), 0);
});

test('both versions mounted: the one that has the limit', () => {
  const files = {
    '/proc/self/cgroup': v1('/service'),
    '/sys/fs/cgroup/memory/service/memory.limit_in_bytes': `${LIMIT}\n`,
    '/sys/fs/cgroup/memory/service/memory.stat': v1Stat,
    '/sys/fs/cgroup/memory.max': 'max\n',
  };
  assert.equal(answer(files), 5000);
});
