import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startLab, temporaryFolder, until } from '../helpers/lab.ts';
import { isDrawn, WAITS, writeProgram } from './program.ts';

const cwd = temporaryFolder();

describe('Ctrl-C', () => {
  const start = (out: string, code: string): ReturnType<typeof startLab> =>
    startLab(
      [
        'profile',
        '--out',
        out,
        '--interval',
        '1',
        '--',
        'node',
        writeProgram(cwd, `${out}.cjs`, code),
      ],
      { cwd },
    );

  test('is for the program, which ends as it likes; the profile is drawn', async () => {
    const handled = `process.on('SIGINT', () => { console.error('got it'); setTimeout(() => process.exit(3), 50); });\n${WAITS}`;
    const started = start('polite', handled);
    await until('the program', () => started.printed().includes('up'));
    started.process.kill('SIGINT');
    const { code, stderr } = await started.ended;
    assert.match(stderr, /got it/);
    assert.equal(stderr.match(/got it/g)?.length, 1);
    assert.equal(code, 3);
    isDrawn(cwd, 'polite');
  });

  test('ends a program that does nothing about it', async () => {
    const started = start('default', WAITS);
    await until('the program', () => started.printed().includes('up'));
    started.process.kill('SIGINT');
    assert.equal((await started.ended).code, 130);
    isDrawn(cwd, 'default');
  });

  test('a second one kills a program that does not end', async () => {
    const started = start('stubborn', `process.on('SIGINT', () => console.error('no'));\n${WAITS}`);
    await until('the program', () => started.printed().includes('up'));
    started.process.kill('SIGINT');
    await until('its answer', () => started.printed().includes('no\n'));
    started.process.kill('SIGINT');
    assert.equal((await started.ended).code, 137);
    isDrawn(cwd, 'stubborn');
  });
});
