import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { RecycledBuffer } from '../../src/leasing/recycled-buffer.ts';
import { SharedBufferRecycler } from '../../src/threads/index.ts';
import { randomFrom } from '../helpers/random.ts';
import { assertAllIdle, assertSharedInvariants } from './helpers/shared-invariants.ts';
import type { WaitingOrders } from './helpers/waiting-worker.ts';

const make = () => new SharedBufferRecycler({ blockSize: 1000, blocks: 2, guard: 'poison' });

function giveTooEarly(recycler: SharedBufferRecycler): Buffer {
  const buffer = recycler.get(100);
  recycler.give(buffer);
  return buffer;
}

test('a write after the give is reported by the next get, with who had the block and where', () => {
  const recycler = make();
  const stale = giveTooEarly(recycler);
  stale[7] = 1;
  assert.throws(() => recycler.get(100), {
    code: 'ERR_GIVEBACK_WRITTEN',
    message:
      'Expected an idle block to be left alone, got byte 7 of block 0 written after thread 0 had got it and thread 0 had given it back; `gotAt` and `gaveAt` say where.',
    gotAt: /^ *at giveTooEarly/,
    gaveAt: /^ *at giveTooEarly/,
  });
  assertSharedInvariants(recycler);
  recycler.give(recycler.get(100));
  assertAllIdle(recycler);
});

for (const at of [0, 1, 99])
  test(`a write to byte ${at} of 100`, () => {
    const recycler = make();
    giveTooEarly(recycler).fill(1, at, at + 1);
    assert.throws(() => recycler.get(1), { code: 'ERR_GIVEBACK_WRITTEN' });
  });

test('what the end of a `using` block has given is reported as well', () => {
  const recycler = make();
  function useTooLong(): Buffer {
    using buffer = recycler.get(100);
    return buffer;
  }
  useTooLong()[0] = 1;
  assert.throws(() => recycler.get(1), {
    code: 'ERR_GIVEBACK_WRITTEN',
    gotAt: /useTooLong/,
    gaveAt: /useTooLong/,
  });
});

test('a second give says where the buffer was got, and where it was given', () => {
  const recycler = make();
  const buffer = giveTooEarly(recycler);
  assert.throws(() => recycler.give(buffer as RecycledBuffer), {
    code: 'ERR_GIVEBACK_NOT_LEASED',
    gotAt: /^ *at giveTooEarly/,
    gaveAt: /^ *at giveTooEarly/,
  });
});

test('leases say where and when each was got, in whichever thread', () => {
  const recycler = make();
  recycler.get(100);
  recycler.get(7);
  const [first, second] = recycler.leases();
  assert.deepEqual([first?.size, second?.size, first?.thread], [100, 7, 0]);
  assert.match(String(first?.stack), /^ *at .*poison\.test/);
  assert.ok((first?.heldMs ?? -1) >= (second?.heldMs ?? 0) && (second?.heldMs ?? -1) >= 0);
});

test('what another thread has given says so', async () => {
  const recycler = make();
  const worker = new Worker(new URL('./helpers/waiting-worker.js', import.meta.url), {
    workerData: { handle: recycler.handle, does: 'give what arrives' } satisfies WaitingOrders,
  });
  const { threadId } = worker;
  const stale = recycler.get(100);
  worker.postMessage(recycler.handOver(stale, threadId));
  worker.postMessage(recycler.handOver(recycler.get(0), threadId));
  await once(worker, 'exit');
  stale[0] = 1;
  assert.throws(() => [recycler.get(1), recycler.get(1)], {
    message: new RegExp(`thread 0 had got it and thread ${threadId} had given it back`),
    gaveAt: /waiting-worker/,
  });
});

test('what is read after the give is poison', () => {
  const stale = giveTooEarly(make());
  assert.ok(stale.every((byte) => byte === 0xdb));
});

test('what is used as it should be is never reported', () => {
  const recycler = make();
  const random = randomFrom(1);
  for (let times = 0; times < 2_000; times++) {
    let buffer = recycler.get(Math.floor(random() * 1001)).fill(Math.floor(random() * 256));
    if (random() < 0.1) buffer = recycler.resize(buffer, Math.floor(random() * 1001)).fill(1);
    recycler.give(random() < 0.5 ? buffer : recycler.adopt(recycler.handOver(buffer)));
  }
  assertAllIdle(recycler);
});

test('an acquire is told as well, and the next one served', async (t) => {
  // These waits have no end of their own, and keep no program alive.
  const alive = setInterval(() => {}, 1000);
  t.after(() => clearInterval(alive));
  const recycler = make();
  const [one, other] = [recycler.get(1), recycler.get(1)];
  const [told, served] = [recycler.acquire(1), recycler.acquire(1)];
  recycler.give(one);
  one[0] = 1;
  await assert.rejects(told, { code: 'ERR_GIVEBACK_WRITTEN' });
  recycler.give(await served);
  recycler.give(other);
});
