import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { filesIn, temporaryFolder } from '../helpers/lab.ts';
import { isDrawn, MADE, profile, profileIn, WAITS, writeProgram } from './program.ts';

const cwd = temporaryFolder();

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
      const ended = await profile(cwd, out, ['node', writeProgram(cwd, `${out}.cjs`, code)]);
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
    const { code } = await profile(cwd, 'duration', command, ['--duration', '2500ms']);
    assert.equal(code, 143);
    isDrawn(cwd, 'duration');
    assert.equal(profileIn(cwd, 'duration').ended.signal, 'SIGTERM');
  });

  test('its time is over, below a shell that does not tell it', async () => {
    const command = ['sh', '-c', 'node waits.cjs; true'];
    await profile(cwd, 'shell', command, ['--duration', '2500ms']);
    isDrawn(cwd, 'shell');
    assert.ok(filesIn(join(cwd, 'shell', 'traces')).every((name) => name.endsWith('.gz')));
  });
});
