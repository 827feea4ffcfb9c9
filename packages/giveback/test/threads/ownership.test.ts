import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import type { RecycledBuffer } from '../../src/leasing/recycled-buffer.ts';
import { discardLease, endLease, endLoan } from '../../src/leasing/view.ts';
import { SharedBufferRecycler } from '../../src/threads/index.ts';
import { assertAllIdle, assertSharedInvariants } from './helpers/shared-invariants.ts';

const make = (blocks = 4) => new SharedBufferRecycler({ blockSize: 1024, blocks, name: 'mine' });
const foreign = { code: 'ERR_GIVEBACK_FOREIGN', message: /lent by recycler `mine`/ };
const ended = { code: 'ERR_GIVEBACK_NOT_LEASED', message: /from recycler `mine`/ };

/** All that a caller may do with a buffer that it has. */
const explicit = (recycler: SharedBufferRecycler, buffer: unknown) => ({
  give: () => recycler.give(buffer as RecycledBuffer),
  discard: () => recycler.discard(buffer as RecycledBuffer),
  resize: () => recycler.resize(buffer as RecycledBuffer, 5),
  handOver: () => recycler.handOver(buffer as RecycledBuffer),
  'handOver to a thread': () => recycler.handOver(buffer as RecycledBuffer, 7),
});

test('a buffer is a Buffer of exactly the size asked for', () => {
  const recycler = make();
  for (const size of [0, 1, 1000, 1024]) {
    const buffer = recycler.get(size);
    assert.ok(Buffer.isBuffer(buffer));
    assert.equal(buffer.length, size);
    assert.ok((buffer.buffer as unknown) instanceof SharedArrayBuffer);
    assert.equal(buffer.byteOffset % 64, 0, 'it begins where its block does');
    assert.equal(buffer.fill('ab').toString('latin1', 0, 4), 'abab'.slice(0, size));
  }
  assertSharedInvariants(recycler);
});

const sizes: [size: unknown, error: object][] = [
  [1025, { name: 'RangeError', code: 'ERR_GIVEBACK_RANGE' }],
  [-1, { name: 'RangeError', code: 'ERR_GIVEBACK_RANGE' }],
  [1.5, { name: 'RangeError', code: 'ERR_GIVEBACK_RANGE' }],
  [Number.NaN, { name: 'RangeError', code: 'ERR_GIVEBACK_RANGE' }],
  ['10', { name: 'TypeError', code: 'ERR_GIVEBACK_TYPE' }],
  [undefined, { name: 'TypeError', code: 'ERR_GIVEBACK_TYPE' }],
];
for (const [size, error] of sizes)
  test(`get of ${String(size)} (${typeof size}) bytes is refused`, async () => {
    const recycler = make();
    const message = /^Expected `size` to be an integer from 0 to 1024, got /;
    assert.throws(() => recycler.get(size as number), { ...error, message });
    await assert.rejects(recycler.acquire(size as number), { ...error, message });
    assert.equal(recycler.stats().gets, 0);
  });

test('when all that fit are lent, get says so', () => {
  const recycler = make(2);
  recycler.get(1);
  recycler.get(1);
  assert.throws(() => recycler.get(5), {
    code: 'ERR_GIVEBACK_BUDGET',
    message: 'Expected an idle block for 5 bytes in recycler `mine`, got all 2 that fit lent.',
  });
  assertSharedInvariants(recycler);
});

const ends: Record<string, (recycler: SharedBufferRecycler, buffer: RecycledBuffer) => unknown> = {
  give: (recycler, buffer) => recycler.give(buffer),
  discard: (recycler, buffer) => recycler.discard(buffer),
  'resize in place': (recycler, buffer) => recycler.resize(buffer, 7),
  'resize to another block': (recycler, buffer) => recycler.resize(buffer, 2000),
  handOver: (recycler, buffer) => recycler.handOver(buffer),
  'the end of a block': (_, buffer) => endLease(buffer),
  'the end of a loan': (_, buffer) => endLoan(buffer),
  'an implicit discard': (_, buffer) => discardLease(buffer),
};
for (const [what, end] of Object.entries(ends))
  for (const again of [false, true])
    test(`after ${what}, the view can end nothing${again ? ', though its block is lent again' : ''}`, () => {
      const recycler = new SharedBufferRecycler({
        sizeClasses: [
          { blockSize: 1024, blocks: 2 },
          { blockSize: 4096, blocks: 1 },
        ],
        name: 'mine',
      });
      const buffer = recycler.get(100);
      assert.ok(recycler.isLent(buffer));
      end(recycler, buffer);
      assert.ok(!recycler.isLent(buffer));
      if (again) for (let got = 0; got < 2 - recycler.stats().lent.count; got++) recycler.get(100);
      const before = recycler.stats();
      for (const [how, act] of Object.entries(explicit(recycler, buffer)))
        assert.throws(act, ended, how);
      endLease(buffer);
      endLoan(buffer);
      discardLease(buffer);
      assert.deepEqual(recycler.stats(), before);
      assertSharedInvariants(recycler);
    });

test('a stale give is refused however often the block was lent since, at the same size', () => {
  const recycler = make(1);
  const stale = recycler.get(100);
  recycler.give(stale);
  for (let lendings = 1; lendings < 3000; lendings++) {
    const buffer = recycler.get(100);
    assert.throws(() => recycler.give(stale), ended);
    recycler.give(buffer);
  }
});

test('what was never lent is refused, and nothing changes', () => {
  const recycler = make();
  const other = new SharedBufferRecycler({ blockSize: 1024, blocks: 4 });
  const buffer = recycler.get(100);
  const { memory } = recycler.handle;
  const View = buffer.constructor as new (...args: unknown[]) => Uint8Array;
  const never: [what: string, view: unknown][] = [
    ['nothing', undefined],
    ['a string', 'buffer'],
    ['a plain Buffer', Buffer.alloc(100)],
    ['a Buffer over other shared memory', Buffer.from(new SharedArrayBuffer(100))],
    ['another recycler’s', other.get(100)],
    ['a ticket', recycler.handOver(recycler.get(10))],
    ['one that arrived by postMessage', structuredClone(buffer)],
    ['all of the memory', new Uint8Array(memory)],
    ['a plain view of its bytes', Buffer.from(memory, buffer.byteOffset, 100)],
    ['one that its constructor made', new View(memory, buffer.byteOffset, 100)],
    ['a subarray of all of it', buffer.subarray(0)],
    ['a subarray', buffer.subarray(0, 99)],
    ['a slice', buffer.slice(0, 50)],
    ['a mapped copy', buffer.map((byte) => byte)],
    ['an object with its prototype', Object.create(Object.getPrototypeOf(buffer))],
  ];
  const before = recycler.stats();
  for (const [what, view] of never) {
    assert.ok(!recycler.isLent(view));
    for (const [how, act] of Object.entries(explicit(recycler, view)))
      assert.throws(act, foreign, `${how} of ${what}`);
  }
  assert.deepEqual(recycler.stats(), before);
  assert.equal(recycler.give(buffer), true);
});

test('a discarded block is never lent again', () => {
  const recycler = make(2);
  recycler.discard(recycler.get(100));
  const last = recycler.get(100);
  assert.throws(() => recycler.get(100), { code: 'ERR_GIVEBACK_BUDGET' });
  recycler.give(last);
  assert.equal(recycler.stats().discards, 1);
  assertSharedInvariants(recycler);
});

test('using gives back, unless it was given, discarded or handed over by then', () => {
  const recycler = make();
  {
    using lent = recycler.get(10);
    using given = recycler.get(10);
    using discarded = recycler.get(10);
    using handed = recycler.get(10);
    recycler.give(given);
    recycler.discard(discarded);
    recycler.handOver(handed);
    assert.equal(lent.length, 10);
  }
  const { lent, gives, discards } = recycler.stats();
  assert.deepEqual([lent.count, gives, discards], [1, 2, 1]);
  assertSharedInvariants(recycler);
});

test('the end of a `using` block whose buffer was given by hand leaves the next holder’s alone', async () => {
  const recycler = make(1);
  const job = async (): Promise<void> => {
    using chunk = recycler.get(10);
    recycler.give(chunk);
    await null;
  };
  const working = job();
  const mine = recycler.get(10);
  await working;
  assert.equal(recycler.stats().lent.count, 1);
  recycler.give(mine);
});

test('use lends for a call, and takes back whatever happened', async () => {
  const recycler = make();
  let kept: RecycledBuffer | undefined;
  const result = recycler.use(10, (buffer) => {
    kept = buffer.fill(7) as RecycledBuffer;
    assert.equal(recycler.stats().lent.count, 1);
    return 'done';
  });
  assert.equal(result, 'done');
  assert.throws(() => recycler.give(kept as RecycledBuffer), ended);
  assert.equal(kept?.[0], 7, 'shared memory is not detached');
  const failure = new Error('no');
  assert.throws(
    () =>
      recycler.use(10, () => {
        throw failure;
      }),
    failure,
  );
  await assert.rejects(
    recycler.use(10, async () => {
      throw failure;
    }),
    failure,
  );
  const ticket = await recycler.use(10, async (buffer) => recycler.handOver(buffer));
  recycler.give(recycler.adopt(ticket));
  recycler.use(10, (buffer) => recycler.give(buffer));
  assert.throws(() => recycler.use(10, 7 as never), { code: 'ERR_GIVEBACK_TYPE' });
  assertAllIdle(recycler);
});

test('a request takes the smallest block that fits and is idle', () => {
  const recycler = new SharedBufferRecycler({
    sizeClasses: [
      { blockSize: 4096, blocks: 1 },
      { blockSize: 64, blocks: 2 },
      { blockSize: 512, blocks: 1 },
    ],
  });
  const bytes: number[] = [];
  for (const size of [65, 10, 64, 1]) {
    const before = recycler.stats().lent.bytes;
    recycler.get(size);
    bytes.push(recycler.stats().lent.bytes - before);
  }
  assert.deepEqual(bytes, [512, 64, 64, 4096]);
  assert.throws(() => recycler.get(1), { code: 'ERR_GIVEBACK_BUDGET', message: /all 4 that fit/ });
  assert.throws(() => recycler.get(4000), {
    code: 'ERR_GIVEBACK_BUDGET',
    message: /all 1 that fit/,
  });
});

test('from in the same thread is the same recycler', () => {
  const recycler = make();
  assert.equal(SharedBufferRecycler.from(structuredClone(recycler.handle)), recycler);
});

test('after close nothing is got, what is lent can be given back', async () => {
  const recycler = make(1);
  const buffer = recycler.get(10);
  const waiting = recycler.acquire(10);
  recycler.close();
  recycler.close();
  const closed = { code: 'ERR_GIVEBACK_CLOSED', message: /`mine`/ };
  await assert.rejects(waiting, closed);
  assert.throws(() => recycler.get(10), closed);
  assert.throws(() => recycler.resize(buffer, 5), closed);
  assert.throws(() => recycler.handOver(buffer), closed);
  await assert.rejects(recycler.acquire(10), closed);
  assert.equal(recycler.give(buffer), false);
  await recycler.drained();
  assert.equal(recycler.stats().lent.count, 0);
});

test('stats are a frozen snapshot', () => {
  const recycler = make();
  recycler.give(recycler.get(10));
  const stats = recycler.stats();
  recycler.get(10);
  assert.deepEqual(stats, {
    name: 'mine',
    blocks: { count: 4, bytes: 4096 },
    lent: { count: 0, bytes: 0 },
    idle: { count: 1, bytes: 1024 },
    gets: 1,
    reuses: 0,
    makes: 1,
    gives: 1,
    discards: 0,
    reclaims: 0,
    waiting: 0,
    waits: 0,
    timeouts: 0,
  });
  for (const each of [stats, stats.blocks, stats.lent, stats.idle])
    assert.ok(Object.isFrozen(each));
  assert.equal(
    inspect(recycler),
    'SharedBufferRecycler `mine` { lent: 1 (1024 bytes), idle: 0 (0 bytes), gets: 2, reuses: 1, makes: 1, waiting: 0 }',
  );
});

test('a million gets of one block are counted, whatever happens to it in between', () => {
  const recycler = make(1);
  const lendings = 2 ** 20;
  for (let done = 0; done < lendings; done++) {
    let buffer = recycler.get(8);
    if (done % 3 === 0) buffer = recycler.resize(buffer, 9);
    if (done % 1000 === 0) buffer = recycler.adopt(recycler.handOver(buffer));
    recycler.give(buffer);
  }
  const { gets, gives, reuses } = recycler.stats();
  assert.deepEqual([gets, gives, reuses], [lendings, lendings, lendings - 1]);
});

test('wrong thread ids and workers are refused', () => {
  const recycler = make();
  const range = { name: 'RangeError', code: 'ERR_GIVEBACK_RANGE' };
  assert.throws(() => recycler.reclaim(0), { ...range, message: /this thread's own, 0\.$/ });
  assert.throws(() => recycler.reclaim(-1), range);
  const buffer = recycler.get(1);
  assert.throws(() => recycler.handOver(buffer, 1.5), range);
  assert.throws(() => recycler.handOver(buffer, '7' as never), { code: 'ERR_GIVEBACK_TYPE' });
  assert.throws(() => recycler.watch({ threadId: -1, once: () => 0 } as never), range);
  assert.throws(() => recycler.watch({ threadId: 1 } as never), { code: 'ERR_GIVEBACK_TYPE' });
  assert.throws(() => recycler.watch(undefined as never), { code: 'ERR_GIVEBACK_TYPE' });
  assert.equal(recycler.give(buffer), true, 'it is lent still');
});
