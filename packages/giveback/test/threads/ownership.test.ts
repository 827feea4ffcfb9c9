import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecycledBuffer } from '../../src/leasing/recycled-buffer.ts';
import { SharedBufferRecycler } from '../../src/threads/index.ts';
import { assertSharedInvariants } from './helpers/shared-invariants.ts';
import { posted } from './helpers/simulated.ts';

const make = (blocks = 4) => new SharedBufferRecycler({ blockSize: 1024, blocks, name: 'mine' });
const foreign = { code: 'ERR_GIVEBACK_FOREIGN', message: /lent by recycler `mine`/ };
const twice = { code: 'ERR_GIVEBACK_NOT_LEASED', message: /lent by recycler `mine`/ };

test('a buffer is a Buffer of exactly the size asked for', () => {
  const recycler = make();
  for (const size of [0, 1, 1000, 1024]) {
    const buffer = recycler.get(size);
    assert.ok(Buffer.isBuffer(buffer));
    assert.equal(buffer.length, size);
    assert.ok(buffer.buffer instanceof SharedArrayBuffer);
    assert.equal(buffer.byteOffset % 8, 0);
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

test('a second give is refused: of the buffer, of a view that arrived, and of one after the other', () => {
  const recycler = make();
  for (const [first, second] of [
    [(b: Uint8Array) => b, (b: Uint8Array) => b],
    [posted, posted],
    [(b: Uint8Array) => b, posted],
    [posted, (b: Uint8Array) => b],
  ] as const) {
    const buffer = recycler.get(100);
    const [one, other] = [first(buffer), second(buffer)];
    assert.equal(recycler.give(one), true);
    const before = recycler.stats();
    assert.throws(() => recycler.give(other), twice);
    assert.deepEqual(recycler.stats(), before);
  }
  assertSharedInvariants(recycler);
});

test('a stale give, after the same block was lent again at the same size, is refused', () => {
  const recycler = make(1);
  const stale = recycler.get(100);
  const views = [posted(stale)];
  recycler.give(stale);
  for (let lendings = 1; lendings < 512; lendings++) {
    const buffer = recycler.get(100);
    for (const old of [stale, ...views]) assert.throws(() => recycler.give(old), twice);
    if (lendings % 100 === 0) views.push(posted(buffer));
    recycler.give(buffer);
  }
});

test('what cannot be told: a view from exactly 512 lendings ago, of the same size', () => {
  const recycler = make(1);
  const stale = recycler.get(100);
  const [same, other] = [posted(stale), posted(stale).subarray(0, 99)];
  recycler.give(stale);
  for (let lendings = 1; lendings < 512; lendings++) recycler.give(recycler.get(100));
  recycler.get(100);
  assert.throws(() => recycler.give(stale), twice, 'in its own thread it is known still');
  assert.throws(() => recycler.give(other), foreign, 'another size gives it away');
  assert.equal(recycler.give(same), true);
});

test('what was never lent is refused, and nothing changes', () => {
  const recycler = make();
  const other = new SharedBufferRecycler({ blockSize: 1024, blocks: 4 });
  const buffer = recycler.get(100);
  const { memory } = recycler.handle;
  const copy = memory.slice(0);
  const never: [what: string, view: unknown][] = [
    ['nothing', undefined],
    ['a string', 'buffer'],
    ['a plain Buffer', Buffer.alloc(100)],
    ['a Buffer over other shared memory', Buffer.from(new SharedArrayBuffer(100))],
    ['another recycler’s', other.get(100)],
    ['another recycler’s that arrived', posted(other.get(100))],
    ['the header', new Uint8Array(memory, 0, 100)],
    ['all of the memory', new Uint8Array(memory)],
    ['its end', new Uint8Array(memory, memory.byteLength, 0)],
    ['a block never lent', new Uint8Array(memory, buffer.byteOffset + 2 * 5120, 100)],
    ['a subarray', buffer.subarray(0, 99)],
    ['a subarray that begins where another lending would', buffer.subarray(8)],
    ['a subarray at an odd place', buffer.subarray(3)],
    ['a longer view', new Uint8Array(memory, buffer.byteOffset, 101)],
    ['a copy of the memory', new Uint8Array(copy, buffer.byteOffset, 100)],
    ['a slice', buffer.slice(0, 50)],
    ['a mapped copy', buffer.map((byte) => byte)],
  ];
  const before = recycler.stats();
  for (const [what, view] of never) {
    assert.throws(() => recycler.give(view as RecycledBuffer), foreign, what);
    assert.throws(() => recycler.discard(view as RecycledBuffer), foreign, what);
    assert.throws(() => recycler.adopt(view as RecycledBuffer), foreign, what);
    assert.throws(() => recycler.handOver(view as RecycledBuffer, 7), foreign, what);
  }
  assert.deepEqual(recycler.stats(), before);
  assert.equal(recycler.give(buffer), true);
});

test('adopt makes a buffer of a view, and ends the others’', () => {
  const recycler = make();
  const buffer = recycler.get(100);
  const adopted = recycler.adopt(posted(buffer));
  adopted[5] = 9;
  assert.equal(buffer[5], 9);
  assert.ok(Buffer.isBuffer(adopted));
  assert.equal(recycler.adopt(adopted), adopted);
  recycler.give(adopted);
  assert.throws(() => recycler.adopt(adopted), twice);
  const whole = recycler.get(100);
  const asDataView = new DataView(whole.buffer, whole.byteOffset, whole.length);
  assert.equal(recycler.give(recycler.adopt(asDataView)), true);
  assert.throws(() => recycler.adopt(posted(buffer)), twice);
});

test('what is handed over is no longer this thread’s; reclaim brings it back', () => {
  const recycler = make();
  const buffer = recycler.get(100);
  assert.equal(recycler.handOver(buffer, 7), buffer);
  assert.throws(() => recycler.give(buffer), twice);
  assert.equal(recycler.reclaim(7), 1);
  assert.throws(() => recycler.give(posted(buffer)), twice, 'a message that arrives after reclaim');
  assert.throws(() => recycler.adopt(posted(buffer)), twice);
  const { reclaims, lent, idle } = recycler.stats();
  assert.deepEqual([reclaims, lent.count, idle.count], [1, 0, 1]);
  const next = recycler.get(100);
  assert.throws(() => recycler.handOver(next, 7), {
    code: 'ERR_GIVEBACK_RANGE',
    message: 'Expected `threadId` to be that of a living thread, got 7, which was reclaimed.',
  });
  assert.equal(recycler.give(next), true, 'it has not changed hands');
  assertSharedInvariants(recycler);
});

test('what is on its way to a dead thread comes back, what it adopted before stays with the adopter', () => {
  const recycler = make();
  const [lost, saved] = [recycler.get(1), recycler.get(1)];
  recycler.handOver(lost, 7);
  const adopted = recycler.adopt(posted(recycler.handOver(saved, 7)));
  assert.equal(recycler.reclaim(7), 1);
  assert.equal(recycler.give(adopted), true);
  assertSharedInvariants(recycler);
});

test('a view that arrived can be given on another’s account', () => {
  const recycler = make();
  const buffer = recycler.handOver(recycler.get(100), 7);
  assert.equal(recycler.give(posted(buffer)), true);
  assert.equal(recycler.reclaim(7), 0);
});

test('wrong thread ids and workers are refused', () => {
  const recycler = make();
  const range = { name: 'RangeError', code: 'ERR_GIVEBACK_RANGE' };
  assert.throws(() => recycler.reclaim(0), { ...range, message: /this thread's own, 0\.$/ });
  assert.throws(() => recycler.reclaim(-1), range);
  assert.throws(() => recycler.handOver(recycler.get(1), 1.5), range);
  assert.throws(() => recycler.watch({ threadId: -1, once: () => 0 } as never), range);
  assert.throws(() => recycler.watch({ threadId: 1 } as never), { code: 'ERR_GIVEBACK_TYPE' });
  assert.throws(() => recycler.watch(undefined as never), { code: 'ERR_GIVEBACK_TYPE' });
});

test('a discarded block is never lent again', () => {
  const recycler = make(2);
  const buffer = recycler.get(100);
  recycler.discard(buffer);
  for (const end of [() => recycler.give(buffer), () => recycler.discard(buffer)])
    assert.throws(end, twice);
  const last = recycler.get(100);
  assert.throws(() => recycler.get(100), { code: 'ERR_GIVEBACK_BUDGET' });
  recycler.give(last);
  assert.equal(recycler.stats().discards, 1);
  assertSharedInvariants(recycler);
});

test('what is abandoned is discarded, unless it was given, handed over or resized by then', () => {
  const recycler = make();
  const [lent, given, handed, old] = [1, 2, 3, 4].map((size) => recycler.get(size)) as [
    RecycledBuffer,
    RecycledBuffer,
    RecycledBuffer,
    RecycledBuffer,
  ];
  recycler.give(given);
  recycler.handOver(handed, 9);
  const resized = recycler.resize(old, 5);
  for (const each of [lent, given, handed, old])
    (each as unknown as Record<symbol, (how: string) => void>)[Symbol.for('giveback.end')]?.(
      'discard',
    );
  const { lent: left, gives, discards } = recycler.stats();
  assert.deepEqual([left.count, gives, discards], [2, 1, 1]);
  assert.throws(() => recycler.give(lent), twice);
  recycler.give(resized);
  recycler.reclaim(9);
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
    recycler.handOver(handed, 9);
    assert.equal(lent.length, 10);
  }
  const { lent, gives, discards } = recycler.stats();
  assert.deepEqual([lent.count, gives, discards], [1, 2, 1]);
  recycler.reclaim(9);
  assertSharedInvariants(recycler);
});

test('a request takes the smallest block that fits and is idle', () => {
  const recycler = new SharedBufferRecycler({
    shelves: [
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
  await assert.rejects(recycler.acquire(10), closed);
  assert.equal(recycler.give(buffer), false);
  assert.equal(recycler.stats().lent.count, 0);
});

test('stats are a frozen snapshot, the same however one looks', () => {
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
});

test('lendings are counted past the 2^20 that fit beside the owner', () => {
  const recycler = make(1);
  const lendings = 2 ** 20 + 12_345;
  for (let done = 0; done < lendings; done++) recycler.give(recycler.get(8));
  const { gets, gives, reuses } = recycler.stats();
  assert.deepEqual([gets, gives, reuses], [lendings, lendings, lendings - 1]);
  recycler.get(8);
  assert.equal(recycler.stats().gets, lendings + 1);
});
