import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { filesIn, lab, startLab, temporaryFolder, until } from '../helpers/lab.ts';

// These end processes by signals and limits, which only Unix has.
const options = { skip: process.platform === 'win32' };
const NAME = `node-${process.versions.node}`;

const readRun = (cwd: string): ReturnType<typeof JSON.parse> =>
  JSON.parse(readFileSync(join(cwd, 'out', 'run.json'), 'utf8'));

/** A Node that is not like others: a script, which is a runtime as good as any. */
function writeRuntime(cwd: string, script: string): void {
  writeFileSync(join(cwd, 'odd-node'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(cwd, 'odd-node'), 0o755);
}

test('a trial that is killed is reported, and the others go on', options, async () => {
  const cwd = temporaryFolder();
  // The first trial kills itself after its first samples; what it has told by then is kept.
  writeRuntime(
    cwd,
    `case "$*" in *none*) "${process.execPath}" "$@" & sleep 2; kill -9 $!; kill -9 $$;; esac
exec "${process.execPath}" "$@"`,
  );
  const args = ['run', '--ticks', '3000', '--tick', '1ms', '--strategies', 'none,recycler'];
  const {
    process: parent,
    ended,
    printed,
  } = startLab([...args, '--runtime', './odd-node', '--out', 'out'], { cwd });
  await until('the second trial', () => printed().includes('recycler on ./odd-node: started'));
  assert.match(printed(), /none on \.\/odd-node: \d+\/3000 {2}failed: killed by SIGKILL/);
  parent.kill('SIGINT');
  assert.equal((await ended).code, 130);
  const [none, recycler] = readRun(cwd).trials;
  assert.equal(none.status, 'failed');
  assert.equal(none.failure.signal, 'SIGKILL');
  assert.ok(none.rows > 0);
  assert.equal(recycler.status, 'interrupted');
});

test('a trial that runs out of memory is reported with its last words', options, async () => {
  const cwd = temporaryFolder();
  writeRuntime(
    cwd,
    `case "$*" in *none*) exec "${process.execPath}" --max-old-space-size=1 --max-semi-space-size=1 "$@";; esac
exec "${process.execPath}" "$@"`,
  );
  const args = ['run', '--ticks', '20', '--tick', '1ms', '--runtime', './odd-node', '--out', 'out'];
  const { code, stdout, stderr } = await lab(args, { cwd });
  assert.equal(code, 1);
  assert.match(stdout, /none +│ failed .*\n(.*\n)*none on .* failed: /);
  assert.match(stderr, /none on \.\/odd-node: \d+\/20 {2}failed: .*out of memory|OOM/i);
  assert.ok(!stderr.includes('    at '), 'no stack trace');
  const [none, channel, recycler, elastic] = readRun(cwd).trials;
  assert.equal(none.summary, null);
  assert.notEqual(none.failure.signal, null);
  assert.ok(none.failure.lastWords.length > 0);
  for (const { status } of [channel, recycler, elastic]) assert.equal(status, 'finished');
  assert.ok(filesIn(join(cwd, 'out')).includes('report.html'));
});

test('a runtime that cannot run the trial is reported with its last words', options, async () => {
  const cwd = temporaryFolder();
  writeRuntime(
    cwd,
    `[ "$1" = --version ] && exec "${process.execPath}" --version; echo "Error: no such luck" >&2; exit 7`,
  );
  const args = ['run', '--ticks', '20', '--tick', '1ms', '--runtime', './odd-node', '--out', 'out'];
  const { code, stdout } = await lab(args, { cwd });
  assert.equal(code, 1);
  assert.match(stdout, /\nchannel on .* failed: exit code 7: Error: no such luck/);
  assert.ok(filesIn(join(cwd, 'out')).includes('report.html'));
});

for (const [signal, exitCode] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
  test(`${signal} saves and draws what is finished, exit code ${exitCode}`, options, async () => {
    const cwd = temporaryFolder();
    const {
      process: parent,
      ended,
      printed,
    } = startLab(['run', '--ticks', '100', '--tick', '1ms', '--out', 'out'], { cwd });
    await until('the second trial', () => printed().includes('channel on node: started'));
    const { trials } = readRun(cwd);
    parent.kill(signal);
    const { code, stdout } = await ended;
    assert.equal(code, exitCode);
    assert.match(stdout, /Report: out\/report\.html/);
    const run = readRun(cwd);
    assert.equal(run.status, 'interrupted');
    assert.deepEqual(run.trials[0], trials[0]);
    assert.ok(filesIn(join(cwd, 'out')).includes(`none-${NAME}.png`));
  });
}

test('a lab that is killed leaves no child behind', options, async () => {
  const cwd = temporaryFolder();
  // The trial writes down its process id, which exec keeps.
  writeRuntime(cwd, `echo $$ > pid; exec "${process.execPath}" "$@"`);
  const { process: parent, ended } = startLab(
    ['run', '--ticks', '100000', '--tick', '1ms', '--runtime', './odd-node', '--out', 'out'],
    { cwd },
  );
  await until('the trial', () => filesIn(cwd).includes('out') && isAlive(pidOfTrial(cwd)));
  parent.kill('SIGKILL');
  await ended;
  await until('its end', () => !isAlive(pidOfTrial(cwd)));
});

function pidOfTrial(cwd: string): number {
  return Number(readFileSync(join(cwd, 'pid'), 'utf8'));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
