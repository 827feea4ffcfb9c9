import assert from 'node:assert/strict';
import { constants } from 'node:buffer';
import { test } from 'node:test';
import { SharedBufferRecycler, type SharedBufferRecyclerOptions } from '../../src/threads/index.ts';

const type = { name: 'TypeError', code: 'ERR_GIVEBACK_TYPE' };
const range = { name: 'RangeError', code: 'ERR_GIVEBACK_RANGE' };
const sizes = { blockSize: 1024, blocks: 4 };
const most = Math.min(2 ** 32 - 1, constants.MAX_LENGTH);

const wrong: [options: unknown, error: { name: string; code: string }, message: string][] = [
  [undefined, type, 'Expected `options` to be an object, got `undefined`.'],
  [{}, type, `Expected \`blockSize\` to be an integer from 1 to ${most}, got \`undefined\`.`],
  [
    { ...sizes, blockSize: 0 },
    range,
    `Expected \`blockSize\` to be an integer from 1 to ${most}, got \`0\` (number).`,
  ],
  [
    { ...sizes, blockSize: 2 ** 53 },
    range,
    `Expected \`blockSize\` to be an integer from 1 to ${most}, got \`9007199254740992\` (number).`,
  ],
  [
    { ...sizes, blocks: 1.5 },
    range,
    'Expected `blocks` to be an integer from 1 to 1048576, got `1.5` (number).',
  ],
  [
    { ...sizes, blocks: 2 ** 20 + 1 },
    range,
    'Expected `blocks` to be an integer from 1 to 1048576, got `1048577` (number).',
  ],
  [
    { ...sizes, blocks: '4' },
    type,
    'Expected `blocks` to be an integer from 1 to 1048576, got `"4"` (string).',
  ],
  [
    { ...sizes, block: 4 },
    type,
    'Expected an option among `blockSize`, `blocks`, `shelves`, `guard`, `name`, got `block`.',
  ],
  [
    { shelves: {} },
    type,
    'Expected `shelves` to be an array, got an instance of `Object` (object).',
  ],
  [
    { shelves: [] },
    range,
    'Expected `shelves.length` to be an integer from 1 to 64, got `0` (number).',
  ],
  [
    { shelves: [sizes, { ...sizes, blocks: 0 }] },
    range,
    'Expected `shelves[1].blocks` to be an integer from 1 to 1048576, got `0` (number).',
  ],
  [
    { shelves: [sizes, sizes] },
    range,
    'Expected `shelves` to have one entry for each `blockSize`, got two for `1024`.',
  ],
  [
    { shelves: [sizes], blocks: 4 },
    type,
    'Expected an option among `shelves`, `guard`, `name`, got `blocks`.',
  ],
  [
    { ...sizes, guard: 'revoke' },
    type,
    'Expected `guard` to be "check" or "poison" (shared memory cannot be revoked), got `"revoke"` (string).',
  ],
  [{ ...sizes, name: 7 }, type, 'Expected `name` to be a string, got `7` (number).'],
];

for (const [options, error, message] of wrong)
  test(message, () => {
    assert.throws(() => new SharedBufferRecycler(options as SharedBufferRecyclerOptions), {
      ...error,
      message,
    });
  });

test('more than the platform grants is a RangeError, and nothing is allocated', () => {
  const before = process.memoryUsage();
  for (const blocks of [2 ** 18, 2 ** 20])
    assert.throws(() => new SharedBufferRecycler({ blockSize: most, blocks }), {
      ...range,
      message: /^Expected blocks that the platform grants memory for, got \d+ bytes in all\.$/,
    });
  assert.ok(process.memoryUsage().rss - before.rss < 50e6);
});

test('memory is used from the moment that a block is written to', () => {
  const before = process.memoryUsage().rss;
  const recycler = new SharedBufferRecycler({ blockSize: 64 * 2 ** 20, blocks: 16 });
  const made = process.memoryUsage().rss - before;
  assert.ok(made < 20e6, `${made} bytes for a GiB of blocks`);
  const { blocks, idle, lent } = recycler.stats();
  assert.deepEqual(blocks, { count: 16, bytes: 2 ** 30 });
  assert.deepEqual([idle.count, lent.count], [0, 0]);
  for (let times = 0; times < 100; times++) {
    const buffer = recycler.get(64 * 2 ** 20);
    buffer[0] = 1;
    recycler.give(buffer);
  }
  assert.equal(recycler.stats().makes, 1, 'the same block served all');
});

const notHandles: [what: string, handle: unknown, error: object][] = [
  ['nothing', undefined, type],
  ['a string', 'handle', type],
  ['an object', {}, type],
  ['one without a name', { memory: new SharedArrayBuffer(8) }, type],
  ['unshared memory', { name: '', memory: new ArrayBuffer(1 << 16) }, type],
  [
    'too little memory',
    { name: '', memory: new SharedArrayBuffer(8) },
    { code: 'ERR_GIVEBACK_HANDLE', message: /got too little shared memory\.$/ },
  ],
  [
    'other memory',
    { name: '', memory: new SharedArrayBuffer(1 << 20) },
    { code: 'ERR_GIVEBACK_HANDLE', message: /got the handle of something else\.$/ },
  ],
];

for (const [what, handle, error] of notHandles)
  test(`a handle that is not one: ${what}`, () => {
    assert.throws(() => SharedBufferRecycler.from(handle as never), error);
  });

test('a handle of another version, of a damaged and of a closed recycler', () => {
  const recycler = new SharedBufferRecycler({ ...sizes, name: 'mine' });
  const { memory } = recycler.handle;
  const copyWith = (word: number, value: number) => {
    const copy = memory.slice(0);
    new Int32Array(copy)[word] = value;
    return { name: 'copy', memory: copy };
  };
  assert.throws(() => SharedBufferRecycler.from(copyWith(1, 99)), {
    code: 'ERR_GIVEBACK_HANDLE',
    message: /got one of version 99 \(this is version 2\)\.$/,
  });
  assert.throws(() => SharedBufferRecycler.from(copyWith(49, 5)), {
    code: 'ERR_GIVEBACK_HANDLE',
    message: /damaged/,
  });
  recycler.close();
  assert.throws(() => SharedBufferRecycler.from(recycler.handle), {
    code: 'ERR_GIVEBACK_CLOSED',
    message: /`mine`/,
  });
});

test('GIVEBACK_GUARD=revoke means poison', (t) => {
  Object.assign(process.env, { GIVEBACK_GUARD: 'revoke' });
  t.after(() => Reflect.deleteProperty(process.env, 'GIVEBACK_GUARD'));
  const recycler = new SharedBufferRecycler(sizes);
  const stale = recycler.get(10);
  recycler.give(stale);
  stale[3] = 1;
  assert.throws(() => recycler.get(10), { code: 'ERR_GIVEBACK_WRITTEN' });
});
