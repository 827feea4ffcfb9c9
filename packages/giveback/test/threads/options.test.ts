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
    'Expected an option among `blockSize`, `blocks`, `sizeClasses`, `guard`, `sampleStacks`, `wipe`, `name`, got `block`.',
  ],
  [
    { sizeClasses: {} },
    type,
    'Expected `sizeClasses` to be an array, got an instance of `Object` (object).',
  ],
  [
    { sizeClasses: [] },
    range,
    'Expected `sizeClasses.length` to be an integer from 1 to 64, got `0` (number).',
  ],
  [
    { sizeClasses: [sizes, { ...sizes, blocks: 0 }] },
    range,
    'Expected `sizeClasses[1].blocks` to be an integer from 1 to 1048576, got `0` (number).',
  ],
  [
    { sizeClasses: [sizes, sizes] },
    range,
    'Expected `sizeClasses` to have one entry for each `blockSize`, got two for `1024`.',
  ],
  [
    { sizeClasses: [sizes], blocks: 4 },
    type,
    'Expected an option among `sizeClasses`, `guard`, `sampleStacks`, `wipe`, `name`, got `blocks`.',
  ],
  [
    { ...sizes, guard: 'revoke' },
    type,
    "Expected `guard` to be `'check'` or `'poison'` (shared memory cannot be revoked), got `\"revoke\"` (string).",
  ],
  [{ ...sizes, wipe: 1 }, type, 'Expected `wipe` to be true or false, got `1` (number).'],
  [
    { ...sizes, sampleStacks: 2 },
    range,
    'Expected `sampleStacks` to be a number from 0 to 1, got `2` (number).',
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

test('more than the platform grants is refused, and nothing is allocated', () => {
  const before = process.memoryUsage();
  for (const blocks of [2 ** 18, 2 ** 20])
    assert.throws(() => new SharedBufferRecycler({ blockSize: most, blocks }), {
      code: 'ERR_GIVEBACK_MEMORY',
      message:
        /^Expected the platform to allocate \d+ bytes for recycler `shared buffers`, got a refusal\.$/,
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

test('a handle of another version, and of a closed recycler', () => {
  const recycler = new SharedBufferRecycler({ ...sizes, name: 'mine' });
  const { memory } = recycler.handle;
  const copyWith = (word: number, value: number) => {
    const copy = memory.slice(0);
    new Int32Array(copy)[word] = value;
    return { name: 'copy', memory: copy };
  };
  assert.throws(() => SharedBufferRecycler.from(copyWith(1, 99)), {
    code: 'ERR_GIVEBACK_HANDLE',
    message: /got one of version 99 \(this is version 4\)\.$/,
  });
  recycler.close();
  assert.throws(() => SharedBufferRecycler.from(recycler.handle), {
    code: 'ERR_GIVEBACK_CLOSED',
    message: /`mine`/,
  });
});

test('whichever word of a header is damaged, from says so or works, and nothing fails deep inside', () => {
  const poisoned = { ...sizes, guard: 'poison' as const };
  for (const options of [sizes, poisoned, { ...sizes, wipe: true }]) {
    const recycler = new SharedBufferRecycler(options);
    const { memory } = recycler.handle;
    const words = memory.byteLength / 4;
    // The header, and the first lines of what follows it: the bitmap and the block table.
    const checked = Array.from({ length: Math.min(words, 6_000) }, (_, at) => at).filter(
      (at) => at < 200 || at > 4_200 || at % 97 === 0,
    );
    let refused = 0;
    for (const at of checked)
      for (const value of [-1, 2 ** 31 - 1, -(2 ** 31), 7]) {
        const copy = memory.slice(0);
        const view = new Int32Array(copy);
        if (view[at] === value) continue;
        view[at] = value;
        // As another recycler, since this thread knows the one that it is a copy of.
        view[3] = (view[3] as number) ^ 1;
        try {
          const opened = SharedBufferRecycler.from({ name: 'damaged', memory: copy });
          opened.stats();
          opened.leases();
          const buffer = opened.get(10);
          opened.give(opened.adopt(opened.handOver(buffer)));
          opened.reclaim(77);
          opened.close();
        } catch (error) {
          const { code, stack } = error as { code?: string; stack?: string };
          assert.match(String(code), /^ERR_GIVEBACK_/, `word ${at} = ${value}: ${stack}`);
          if (code === 'ERR_GIVEBACK_HANDLE') refused++;
        }
      }
    assert.ok(refused > 20, `${refused}`);
  }
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

test('a GIVEBACK_GUARD that is neither is an error', (t) => {
  Object.assign(process.env, { GIVEBACK_GUARD: 'poison' });
  t.after(() => Reflect.deleteProperty(process.env, 'GIVEBACK_GUARD'));
  assert.throws(() => new SharedBufferRecycler(sizes), {
    ...type,
    message: /^Expected `GIVEBACK_GUARD` to be /,
  });
});
