import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { RecycledBuffer } from '../../src/leasing/recycled-buffer.ts';
import { SharedBufferRecycler } from '../../src/threads/index.ts';
import { assertAllIdle, assertSharedInvariants } from './helpers/shared-invariants.ts';

const ended = { code: 'ERR_GIVEBACK_NOT_LEASED' };

const make = () =>
  new SharedBufferRecycler({
    sizeClasses: [
      { blockSize: 100, blocks: 2 },
      { blockSize: 1000, blocks: 1 },
    ],
  });

for (const size of [0, 10, 51, 100])
  test(`a buffer of 50 bytes is one of ${size} in the same place`, () => {
    const recycler = make();
    const buffer = recycler.get(50).fill(7) as RecycledBuffer;
    const resized = recycler.resize(buffer, size);
    assert.equal(resized.length, size);
    assert.equal(resized.byteOffset, buffer.byteOffset);
    assert.deepEqual([...resized.subarray(0, 50)], Array(Math.min(size, 50)).fill(7));
    assert.throws(() => recycler.resize(buffer, size), ended);
    const { gets, makes, lent } = recycler.stats();
    assert.deepEqual([gets, makes, lent.count], [1, 1, 1]);
    assert.deepEqual(
      recycler.leases().map((lease) => lease.size),
      [size],
    );
    assert.equal(recycler.give(resized), true);
    assertAllIdle(recycler);
  });

test('at the size that it has it stays what it is', () => {
  const recycler = make();
  const buffer = recycler.get(50);
  assert.equal(recycler.resize(buffer, 50), buffer);
  recycler.give(buffer);
});

test('one that was resized back is not what it was before', () => {
  const recycler = make();
  const first = recycler.get(50);
  const last = recycler.resize(recycler.resize(first, 20), 50);
  assert.throws(() => recycler.give(first), ended);
  recycler.give(last);
});

test('where its block is too small it moves, and the block is idle', () => {
  const recycler = make();
  const buffer = recycler.get(100).fill(7) as RecycledBuffer;
  const resized = recycler.resize(buffer, 101);
  assert.notEqual(resized.byteOffset, buffer.byteOffset);
  assert.deepEqual([...resized.subarray(0, 100)], Array(100).fill(7));
  assert.throws(() => recycler.give(buffer), ended);
  const { gets, gives, lent } = recycler.stats();
  assert.deepEqual([gets, gives, lent], [2, 1, { count: 1, bytes: 1000 }]);
  const shorter = recycler.resize(resized, 5);
  assert.equal(shorter.byteOffset, resized.byteOffset);
  recycler.give(shorter);
  assertAllIdle(recycler);
});

test('what cannot be resized stays as it is', () => {
  const recycler = make();
  const [buffer, given, large] = [recycler.get(50), recycler.get(10), recycler.get(1000)];
  recycler.give(given);
  const refused: [resize: () => unknown, code: string][] = [
    [() => recycler.resize(buffer, -1), 'ERR_GIVEBACK_RANGE'],
    [() => recycler.resize(buffer, 1001), 'ERR_GIVEBACK_RANGE'],
    [() => recycler.resize(buffer, '5' as never), 'ERR_GIVEBACK_TYPE'],
    [() => recycler.resize(given, 5), 'ERR_GIVEBACK_NOT_LEASED'],
    [() => recycler.resize(buffer.subarray(1) as never, 5), 'ERR_GIVEBACK_FOREIGN'],
    [() => recycler.resize(Buffer.alloc(50) as never, 5), 'ERR_GIVEBACK_FOREIGN'],
    [() => recycler.resize(undefined as never, 5), 'ERR_GIVEBACK_FOREIGN'],
    [() => recycler.resize(buffer, 1000), 'ERR_GIVEBACK_BUDGET'],
  ];
  const before = recycler.stats();
  for (const [resize, code] of refused) assert.throws(resize, { code });
  assert.deepEqual(recycler.stats(), before);
  recycler.close();
  assert.throws(() => recycler.resize(buffer, 5), { code: 'ERR_GIVEBACK_CLOSED' });
  for (const lent of [buffer, large]) recycler.give(lent);
  assertSharedInvariants(recycler);
});

test('the end of a `using` block gives back what became of the buffer only if that is asked for', () => {
  const recycler = make();
  let resized: RecycledBuffer;
  {
    using buffer = recycler.get(50);
    resized = recycler.resize(buffer, 10);
  }
  assert.equal(recycler.stats().lent.count, 1);
  recycler.give(resized);
  assertAllIdle(recycler);
});

test('a buffer that another thread has resized and sent back has its bytes', async () => {
  const recycler = make();
  const worker = new Worker(new URL('./helpers/resizing-worker.js', import.meta.url), {
    workerData: recycler.handle,
  });
  const buffer = recycler.get(50).fill(7) as RecycledBuffer;
  worker.postMessage([recycler.handOver(buffer, worker.threadId), 80]);
  const [ticket] = await once(worker, 'message');
  const resized = recycler.adopt(ticket);
  assert.equal(resized.byteOffset, buffer.byteOffset);
  assert.deepEqual([...resized], [...Array(50).fill(7), ...Array(30).fill(8)]);
  recycler.give(resized);
  await worker.terminate();
  assertAllIdle(recycler);
});

test('a buffer whose block was reclaimed is refused, at whatever size', async () => {
  const recycler = make();
  const buffers = [recycler.get(50), recycler.get(50), recycler.get(500)];
  // Another thread takes this one for dead.
  const program = `
    const { workerData } = require('node:worker_threads');
    import(${JSON.stringify(import.meta.resolve('../../src/threads/index.js'))}).then(
      ({ SharedBufferRecycler }) => SharedBufferRecycler.from(workerData).reclaim(0),
    );`;
  await once(new Worker(program, { eval: true, workerData: recycler.handle }), 'exit');
  for (const buffer of buffers)
    for (const size of [buffer.length, 10, 800])
      assert.throws(() => recycler.resize(buffer, size), ended, `${buffer.length} to ${size}`);
});
