import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { filesIn, temporaryFolder, until } from '../helpers/lab.ts';
import { isDrawn, MADE, profile, profileIn, WAITS, writeProgram } from './program.ts';

const cwd = temporaryFolder();

/** Milliseconds that a profile takes from its start to its end here. */
let slowest = 0;
/** Long enough for a program to start, however busy the machine is. */
const duration = (): string => `${Math.max(2_500, Math.round(2 * slowest))}ms`;

describe('however the program ends, its exit code is that of the profile, which is drawn', () => {
  const cases: [what: string, code: string, exitCode: number][] = [
    ['throws', `${MADE}throw new Error('boom');`, 1],
    ['exits', `${MADE}process.exit(7);`, 7],
    ['is killed', `${MADE}setTimeout(() => process.kill(process.pid, 'SIGKILL'), 300);`, 137],
    ['aborts', `${MADE}setTimeout(() => process.abort(), 300);`, 134],
  ];
  for (const [what, code, exitCode] of cases) {
    test(`it ${what}`, async () => {
      const out = what.replace(' ', '-');
      const before = performance.now();
      const ended = await profile(cwd, out, ['node', writeProgram(cwd, `${out}.cjs`, code)]);
      slowest = Math.max(slowest, performance.now() - before);
      assert.equal(ended.code, exitCode, ended.stderr);
      isDrawn(cwd, out);
    });
  }

  test('it runs out of memory', async () => {
    const code = `${MADE}setTimeout(() => { const kept = []; for (;;) kept.push({ at: [kept.length] }); }, 300);`;
    const command = ['node', '--max-old-space-size=30', writeProgram(cwd, 'memory.cjs', code)];
    const { code: exitCode } = await profile(cwd, 'memory', command);
    assert.equal(exitCode, 134);
    isDrawn(cwd, 'memory');
  });

  test('its time is over', async () => {
    const command = ['node', writeProgram(cwd, 'waits.cjs', WAITS)];
    const { code } = await profile(cwd, 'duration', command, ['--duration', duration()]);
    assert.equal(code, 143);
    isDrawn(cwd, 'duration');
    assert.equal(profileIn(cwd, 'duration').ended.signal, 'SIGTERM');
  });

  test('its time is over, below a shell that does not tell it', async () => {
    const command = ['sh', '-c', 'node waits.cjs; true'];
    await profile(cwd, 'shell', command, ['--duration', duration()]);
    isDrawn(cwd, 'shell');
    assert.ok(filesIn(join(cwd, 'shell', 'traces')).every((name) => name.endsWith('.gz')));
  });

  test('what a shell has left running goes on, and is read as far as it goes', async () => {
    const app = `${MADE}const { existsSync, writeFileSync } = require('node:fs');
setTimeout(() => writeFileSync('up', ''), 300);
setInterval(() => { if (existsSync('end')) { writeFileSync('ended', ''); process.exit(); } }, 20);`;
    const script = `node ${writeProgram(cwd, 'left.cjs', app)} > /dev/null 2>&1 & while [ ! -e up ]; do sleep 0.1; done; exit 3`;
    const { code } = await profile(cwd, 'left', ['sh', '-c', script]);
    assert.equal(code, 3);
    isDrawn(cwd, 'left');
    assert.equal(profileIn(cwd, 'left').threads[0]?.exitCode, null);
    assert.ok(!filesIn(cwd).includes('ended'));
    writeProgram(cwd, 'end', '');
    await until('its end', () => filesIn(cwd).includes('ended'));
  });

  test('a profile that cannot be drawn is told, and keeps its traces', async () => {
    const code = `${MADE}require('node:fs').mkdirSync('blocked/profile.html');`;
    const command = ['node', writeProgram(cwd, 'blocks.cjs', code)];
    const ended = await profile(cwd, 'blocked', command);
    assert.equal(ended.code, 1);
    assert.match(
      ended.stderr,
      /\nerror: Could not draw the profile \(.*its traces are in blocked\/traces\n$/,
    );
    assert.equal(filesIn(join(cwd, 'blocked', 'traces')).length, 1);
  });
});
