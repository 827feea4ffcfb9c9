import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { filesIn, lab, temporaryFolder } from '../helpers/lab.ts';

const VERSION = process.versions.node;

test('--trials repeats each in alternating order, and compares medians with their ranges', async () => {
  const cwd = temporaryFolder();
  const args = ['run', '--ticks', '25', '--tick', '1ms', '--strategies', 'none,channel'];
  const { code, stdout, stderr } = await lab([...args, '--trials', '3', '--out', 'out'], { cwd });
  assert.equal(code, 0, stderr);
  const run = JSON.parse(readFileSync(join(cwd, 'out', 'run.json'), 'utf8'));
  const order = run.trials.map((trial: { strategy: string; round: number }) => [
    trial.strategy,
    trial.round,
  ]);
  assert.deepEqual(order, [
    ['none', 1],
    ['channel', 1],
    ['channel', 2],
    ['none', 2],
    ['none', 3],
    ['channel', 3],
  ]);
  assert.match(stderr, /none on node, 3 of 3: 25\/25 {2}peak resident/);
  assert.match(stdout, /medians of 3 trials\)\./);
  const rows = stdout.split('\n').filter((line) => /│ (★ )?(none|channel) /.test(line));
  assert.equal(rows.length, 2, 'one row a strategy');

  const files = filesIn(join(cwd, 'out'));
  assert.equal(files.filter((name) => name.endsWith('.csv')).length, 6);
  for (const name of ['none', 'channel']) {
    const drawn = files.filter((file) => file.startsWith(`${name}-`) && file.endsWith('.svg'));
    assert.equal(drawn.length, 1, 'the middle trial is drawn');
  }
  assert.ok(files.includes(`none-node-${VERSION}-trial-3.csv`));
});

test('more trials than a run can have are refused before anything is written', async () => {
  const cwd = temporaryFolder();
  const runtimes = ['node', `node@${VERSION.split('.')[0]}`];
  const args = ['run', ...runtimes.flatMap((each) => ['--runtime', each]), '--trials', '26'];
  const { code } = await lab(args, { cwd });
  assert.equal(code, 2);
  assert.deepEqual(filesIn(cwd), []);
});
