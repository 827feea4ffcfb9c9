import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerOf, describeEnd, type Outcome, tellingLine } from '../../src/measure/child.ts';

function run(code: string, timeoutMs = 30_000): Promise<Outcome<unknown>> {
  return answerOf(process.execPath, ['-e', code], { timeoutMs });
}

test('the answer is the last line, whatever is printed before', async () => {
  assert.deepEqual(await run('console.log("a pool says hello"); console.log("{\\"a\\": [1]}")'), {
    answer: { a: [1] },
  });
});

test('a failure is told in one line: the error, or how the process ended', async () => {
  const failures: [code: string, failure: string][] = [
    ['throw new RangeError("too much")', 'RangeError: too much'],
    ['console.error("last words"); process.exit(7)', 'last words'],
    ['process.exit(7)', 'exit code 7'],
    ['console.log("no answer")', 'printed no JSON: no answer'],
    ['', 'printed no JSON: '],
  ];
  for (const [code, failure] of failures) assert.deepEqual(await run(code), { failure }, code);
});

test('a process that takes too long is killed', async () => {
  assert.deepEqual(await run('setInterval(() => {}, 1000)', 300), {
    failure: 'took longer than 0.3 s',
  });
});

test('a program that cannot be started is a failure, too', async () => {
  const outcome = await answerOf('/nowhere/node', []);
  assert.match('failure' in outcome ? outcome.failure : '', /ENOENT/);
});

test('how a process ended is told in words', () => {
  assert.equal(describeEnd({ exitCode: 3, signal: null }), 'exit code 3');
  assert.equal(describeEnd({ exitCode: null, signal: 'SIGKILL' }), 'killed by SIGKILL');
  assert.equal(describeEnd({ exitCode: null, signal: null }), 'did not start');
});

test('the telling line is the one that names the error, else the last', () => {
  const stack = ['node:fs:440', '    return open();', '', 'Error: ENOENT', '    at open'];
  assert.equal(tellingLine(stack), 'Error: ENOENT');
  assert.equal(tellingLine(['# Fatal error in V8', '#']), 'Fatal error in V8');
  assert.equal(tellingLine(['one', 'two']), 'two');
  assert.equal(tellingLine([]), '');
});
