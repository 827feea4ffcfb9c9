import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AcquireOptions,
  BufferRecycler,
  type BufferRecyclerOptions,
} from '../../src/index.ts';

const type = { name: 'TypeError', code: 'ERR_GIVEBACK_TYPE' };
const range = { name: 'RangeError', code: 'ERR_GIVEBACK_RANGE' };
type Expected = typeof type;

const sizes: [size: unknown, error: Expected, got: string][] = [
  [-1, range, '`-1` (number)'],
  [1.5, range, '`1.5` (number)'],
  [Number.NaN, range, '`NaN` (number)'],
  [Infinity, range, '`Infinity` (number)'],
  [2 ** 53, range, '`9007199254740992` (number)'],
  ['5', type, '`"5"` (string)'],
  [5n, type, '`5` (bigint)'],
  [null, type, '`null`'],
  [undefined, type, '`undefined`'],
  [{}, type, 'an instance of `Object` (object)'],
  [Symbol('five'), type, '`Symbol(five)` (symbol)'],
];

for (const [size, error, got] of sizes) {
  test(`size: ${got}`, async () => {
    const buffers = new BufferRecycler();
    buffers.give(buffers.get(5));
    const before = buffers.stats();
    const message = `Expected \`size\` to be an integer from 0 to 9007199254740991, got ${got}.`;
    assert.throws(() => buffers.get(size as number), { ...error, message });
    await assert.rejects(buffers.acquire(size as number), { ...error, message });
    assert.deepEqual(buffers.stats(), before);
  });
}

test('a size above what the platform can allocate is refused as memory', () => {
  const buffers = new BufferRecycler();
  assert.throws(() => buffers.get(2 ** 52), { code: 'ERR_GIVEBACK_MEMORY' });
  assert.deepEqual(buffers.stats().lent, { count: 0, bytes: 0 });
});

const limits = 'an integer from 0 up, or Infinity';
const options: [option: unknown, error: Expected, expected: string][] = [
  [null, type, '`options` to be an object'],
  ['elastic', type, '`options` to be an object'],
  [{ memory: 'shared' }, type, "`memory` to be `'fixed'` or `'elastic'`"],
  [{ maxIdleBytes: -1 }, range, `\`maxIdleBytes\` to be ${limits}`],
  [{ maxIdleBytes: '64MiB' }, type, `\`maxIdleBytes\` to be ${limits}`],
  [{ maxBytes: 0 }, range, '`maxBytes` to be an integer from 1 up, or Infinity'],
  [{ maxBytes: 1.5 }, range, '`maxBytes` to be an integer from 1 up, or Infinity'],
  [{ maxBufferSize: 0 }, range, '`maxBufferSize` to be an integer from 1 to 1073741824'],
  [{ maxBufferSize: Infinity }, range, '`maxBufferSize` to be an integer from 1 to 1073741824'],
  [{ idleTimeout: 0 }, range, '`idleTimeout` to be milliseconds above 0, or Infinity'],
  [{ idleTimeout: -5 }, range, '`idleTimeout` to be milliseconds above 0, or Infinity'],
  [{ maxWaiters: -1 }, range, `\`maxWaiters\` to be ${limits}`],
  [{ wipe: 1 }, type, '`wipe` to be true or false'],
  [{ guard: 'detach' }, type, "`guard` to be `'check'` or `'revoke'`"],
  [{ sampleStacks: 2 }, range, '`sampleStacks` to be a number from 0 to 1'],
  [{ sampleStacks: 'all' }, type, '`sampleStacks` to be a number from 0 to 1'],
  [{ name: 5 }, type, '`name` to be a string'],
  [{ maxIdle: 5 }, type, 'an option among `memory`, `maxIdleBytes`'],
];

for (const [option, error, expected] of options) {
  test(`options: ${JSON.stringify(option)}`, () => {
    assert.throws(
      () => new BufferRecycler(option as BufferRecyclerOptions),
      (thrown: Error & { code: string }) => {
        assert.deepEqual({ name: thrown.name, code: thrown.code }, error);
        assert.ok(thrown.message.startsWith(`Expected ${expected}`), thrown.message);
        assert.match(thrown.message, /got .+\.$/);
        return true;
      },
    );
  });
}

test('acquire options: each the documented error, and nobody waits', async () => {
  const buffers = new BufferRecycler({ maxBytes: 4096 });
  buffers.get(4096);
  const wrong: [options: unknown, error: Expected][] = [
    [null, type],
    [{ timeout: -1 }, range],
    [{ timeout: Number.NaN }, range],
    [{ timeout: '1s' }, type],
    [{ signal: 5 }, type],
    [{ singal: AbortSignal.abort() }, type],
  ];
  for (const [option, error] of wrong)
    await assert.rejects(buffers.acquire(100, option as AcquireOptions), error);
  assert.equal(buffers.stats().waits, 0);
});
