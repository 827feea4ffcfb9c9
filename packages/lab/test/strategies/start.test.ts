import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { strategies } from '../../src/strategies/index.ts';
import { INSTEAD } from '../../src/strategies/names.ts';
import { type PreparedStart, prepareStart, type Start } from '../../src/strategies/start.ts';
import { lab, temporaryFolder } from '../helpers/lab.ts';

const linux = { skip: process.platform !== 'linux' };

function startOf(name: string): Start {
  return strategies[name]?.start ?? {};
}

function missing(name: string, kind: 'node' | 'bun' | 'deno'): string | undefined {
  const prepared = prepareStart(startOf(name), { kind });
  return 'missing' in prepared ? prepared.missing : undefined;
}

test('flags are for Node alone, and others say which they do not know', () => {
  assert.equal(missing('small-young', 'node'), undefined);
  for (const kind of ['bun', 'deno'] as const) {
    assert.equal(missing('small-young', kind), `${kind} does not know --max-semi-space-size`);
    assert.equal(missing('collect', kind), `${kind} does not know --expose-gc`);
    assert.equal(missing('elastic', kind), undefined);
  }
});

test('a library that is not installed is named, with the package that has it', linux, () => {
  const preload = { files: ['libnowhere.so.9'], debian: 'libnowhere9' };
  assert.deepEqual(prepareStart({ preload }, { kind: 'node' }), {
    missing: 'libnowhere.so.9 is not installed (Debian: apt install libnowhere9)',
  });
});

for (const name of ['jemalloc', 'mimalloc'])
  test(
    `${name}: the trial's process has it preloaded, and what was preloaded before`,
    linux,
    (t) => {
      const reason = missing(name, 'node');
      if (reason !== undefined) return t.skip(reason);
      const before = process.env.LD_PRELOAD;
      try {
        process.env.LD_PRELOAD = '/lib/other.so';
        const { env } = prepareStart(startOf(name), { kind: 'node' }) as PreparedStart;
        const [file = '', other] = (env.LD_PRELOAD ?? '').split(':');
        assert.ok(existsSync(file));
        assert.match(file, new RegExp(`lib${name}`));
        assert.equal(other, '/lib/other.so');
      } finally {
        if (before === undefined) delete process.env.LD_PRELOAD;
        else process.env.LD_PRELOAD = before;
      }
    },
  );

test('all that people do instead runs, or is skipped with a line that says why', async () => {
  const cwd = temporaryFolder();
  const names = ['none', ...INSTEAD];
  const args = ['run', 'sized', '--requests', '20', '--out', 'out', '--strategies', names.join()];
  const { code, stderr } = await lab(args, { cwd });
  assert.equal(code, 0, stderr);
  const run = JSON.parse(readFileSync(join(cwd, 'out', 'run.json'), 'utf8'));
  const ran = run.trials.map(({ strategy }: { strategy: string }) => strategy);
  const skipped = run.skipped.map(({ strategy }: { strategy: string }) => strategy);
  assert.deepEqual([...ran, ...skipped].sort(), [...names].sort());
  for (const strategy of skipped) assert.match(stderr, new RegExp(`skipped ${strategy} on node: `));
  const collect = run.trials.find(({ strategy }: { strategy: string }) => strategy === 'collect');
  assert.equal(collect.status, 'finished');
});

test(
  'a library that the system does not load is a failed trial, not one of the usual malloc',
  linux,
  async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'libjemalloc.so.2'), 'no library');
    const args = ['run', 'sized', '--requests', '5', '--out', 'out', '--strategies', 'jemalloc'];
    const { code, stdout } = await lab(args, { cwd, env: { LD_LIBRARY_PATH: cwd } });
    assert.equal(code, 1);
    assert.match(stdout, /jemalloc on node.* failed: exit code 1: .*libjemalloc/);
  },
);

test('a run of which nothing can run: one line, exit code 2, nothing written', linux, async () => {
  const cwd = temporaryFolder();
  const path = join(cwd, 'bun');
  writeFileSync(path, '#!/bin/sh\necho 1.4.5\n', { mode: 0o755 });
  const args = ['run', '--strategies', 'collect', '--runtime', './bun', '--out', 'out'];
  const { code, stderr } = await lab(args, { cwd });
  assert.equal(code, 2);
  assert.equal(stderr, 'error: Nothing can run: collect on ./bun: bun does not know --expose-gc\n');
  assert.ok(!existsSync(join(cwd, 'out')));
});
