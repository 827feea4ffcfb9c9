import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Profile as Pprof } from 'pprof-format';
import { encodePprof } from '../../src/profile/outputs/pprof.ts';
import type { Profile } from '../../src/profile/profile-format.ts';
import { temporaryFolder } from '../helpers/lab.ts';

const cwd = temporaryFolder();
const file = new URL('../../../test/profile/shop-profile.json', import.meta.url);
const profile: Profile = JSON.parse(readFileSync(file, 'utf8'));
const sum = (of: (stack: Profile['stacks'][number]) => number): number =>
  profile.stacks.reduce((total, stack) => total + of(stack), 0);

const EXPECTED: readonly [name: string, total: number][] = [
  ['alloc_objects', sum(({ allocations }) => allocations)],
  ['alloc_space', profile.summary.allocated.bytes],
  ['inuse_objects', sum(({ peakAllocations }) => peakAllocations)],
  ['inuse_space', profile.summary.peak?.reachable.bytes ?? 0],
];

test('the totals of the pprof profile are those of the JSON, within 0.1%', () => {
  const decoded = Pprof.decode(gunzipSync(encodePprof(profile)));
  for (const [index, [name, total]] of EXPECTED.entries()) {
    const got = decoded.sample.reduce((all, { value }) => all + Number(value[index] ?? 0), 0);
    assert.ok(total > 0, name);
    assert.ok(Math.abs(got / total - 1) < 0.001, `${name}: got ${got}, expected ${total}`);
  }
  assert.equal(decoded.sample.length, profile.stacks.length);
});

test('`go tool pprof` opens it, and shows the same totals and call sites', (t) => {
  if (spawnSync('go', ['version']).status !== 0) {
    assert.notEqual(process.env.GIVEBACK_REQUIRE_TOOLS, '1', 'go is not installed');
    return t.skip('go is not installed');
  }
  const path = join(cwd, 'profile.pb.gz');
  writeFileSync(path, encodePprof(profile));
  for (const [name, total] of EXPECTED) {
    const unit = name.endsWith('space') ? ['-unit=B'] : [];
    const args = [
      'tool',
      'pprof',
      '-top',
      `-sample_index=${name}`,
      '-nodefraction=0',
      ...unit,
      path,
    ];
    const { stdout, stderr, status } = spawnSync('go', args, { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    const shown = Number(/accounting for [\d.]+\w*, [\d.]+% of ([\d.]+)/.exec(stdout)?.[1]);
    assert.ok(Math.abs(shown / total - 1) < 0.001, `${name}: ${shown} of ${total}\n${stdout}`);
    if (name === 'alloc_space') assert.match(stdout, /readBody/);
  }
});
