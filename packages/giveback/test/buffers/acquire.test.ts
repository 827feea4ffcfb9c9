import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { assertBufferInvariants } from '../helpers/buffer-invariants.ts';

const MiB = 1024 * 1024;
const maxBytes = 4 * MiB;
const full = () => {
  const buffers = new BufferRecycler({ maxBytes });
  return { buffers, lent: buffers.get(4 * MiB) };
};

// A wait that neither a timeout nor a signal ends keeps no process alive, so something else must.
const alive = setInterval(() => {}, 1000);
after(() => clearInterval(alive));

test('acquire gives at once while there is room', async () => {
  const buffers = new BufferRecycler({ maxBytes });
  const buffer = await buffers.acquire(1000);
  assert.equal(buffer.length, 1000);
  assert.equal(buffers.stats().waits, 0);
});

test('those who wait are served in the order in which they came', async () => {
  const { buffers, lent } = full();
  const served: number[] = [];
  const waiting = [1, 2, 3, 4].map(async (mebibytes) => {
    const buffer = await buffers.acquire(mebibytes * MiB);
    served.push(mebibytes);
    await sleep(1);
    buffers.give(buffer);
  });
  await sleep(1);
  assert.deepEqual({ ...buffers.stats() }.waiting, 4);
  buffers.give(lent);
  await Promise.all(waiting);
  assert.deepEqual(served, [1, 2, 3, 4]);
  assert.equal(buffers.stats().waits, 4);
  assertBufferInvariants(buffers, { maxBytes });
});

test('a small request does not pass a large one that waits', async () => {
  const buffers = new BufferRecycler({ maxBytes });
  const lent = buffers.get(1 * MiB);
  const order: string[] = [];
  const large = buffers.acquire(4 * MiB).then((buffer) => {
    order.push('large');
    buffers.give(buffer);
  });
  const small = buffers.acquire(1000).then(() => order.push('small'));
  buffers.give(lent);
  await Promise.all([large, small]);
  assert.deepEqual(order, ['large', 'small']);
});

test('a signal and a timeout leave the queue cleanly', async () => {
  const { buffers, lent } = full();
  const abort = new AbortController();
  const reason = new Error('enough');
  const aborted = buffers.acquire(1000, { signal: abort.signal });
  const timedOut = buffers.acquire(1000, { timeout: 5 });
  const patient = buffers.acquire(1000, { signal: new AbortController().signal, timeout: 60_000 });
  abort.abort(reason);
  await assert.rejects(aborted, (error) => error === reason);
  await assert.rejects(timedOut, { code: 'ERR_GIVEBACK_TIMEOUT', message: /within 5 ms/ });
  assert.deepEqual([buffers.stats().waiting, buffers.stats().timeouts], [1, 1]);
  buffers.give(lent);
  assert.equal((await patient).length, 1000);
  assert.equal(buffers.stats().lent.count, 1);
});

test('an aborted signal, a request that can never fit and a full queue reject at once', async () => {
  const buffers = new BufferRecycler({ maxBytes, maxWaiters: 1 });
  const lent = buffers.get(4 * MiB);
  const reason = new Error('too late');
  const before = buffers.stats();
  await assert.rejects(
    buffers.acquire(1000, { signal: AbortSignal.abort(reason) }),
    (error) => error === reason,
  );
  await assert.rejects(buffers.acquire(5 * MiB), {
    code: 'ERR_GIVEBACK_BUDGET',
    message: /`size` to fit/,
  });
  assert.deepEqual(buffers.stats(), before);
  const waiting = buffers.acquire(1000);
  await assert.rejects(buffers.acquire(1000), {
    code: 'ERR_GIVEBACK_BUDGET',
    message: /at most 1 acquires/,
  });
  buffers.give(lent);
  await waiting;
});

test('close rejects those who wait', async () => {
  const { buffers, lent } = full();
  const waiting = [buffers.acquire(1000), buffers.acquire(1000)];
  buffers.close();
  for (const each of waiting) await assert.rejects(each, { code: 'ERR_GIVEBACK_CLOSED' });
  await assert.rejects(buffers.acquire(1000), { code: 'ERR_GIVEBACK_CLOSED' });
  assert.equal(buffers.give(lent), false);
  assert.equal(buffers.stats().waiting, 0);
});

test('a discard makes room for those who wait', async () => {
  const { buffers, lent } = full();
  const waiting = buffers.acquire(4 * MiB);
  buffers.discard(lent);
  assert.equal((await waiting).length, 4 * MiB);
});

test('waiting is published to diagnostics_channel', async () => {
  const { buffers, lent } = full();
  const seen: unknown[] = [];
  const listen = (message: unknown) => seen.push(message);
  subscribe('giveback:wait', listen);
  const waiting = buffers.acquire(1000);
  buffers.give(lent);
  await waiting;
  unsubscribe('giveback:wait', listen);
  assert.deepEqual(seen, [{ recycler: 'buffers', size: 1000, waiting: 1 }]);
});

test('many waiters, aborts and gives leave nothing behind', async () => {
  const buffers = new BufferRecycler({ maxBytes, memory: 'elastic' });
  const held: RecycledBuffer[] = [];
  const outcomes = await Promise.allSettled(
    Array.from({ length: 500 }, async (_, i) => {
      const signal = i % 7 === 0 ? AbortSignal.timeout(i % 5) : undefined;
      const buffer = await buffers.acquire(((i * 7919) % 1000) * 2048, { signal, timeout: 20_000 });
      held.push(buffer);
      await sleep(i % 3);
      held.splice(held.indexOf(buffer), 1);
      buffers.give(buffer);
      assertBufferInvariants(buffers, { maxBytes });
    }),
  );
  for (const outcome of outcomes)
    if (outcome.status === 'rejected')
      assert.equal(outcome.reason.name, 'TimeoutError', outcome.reason.message);
  assert.ok(outcomes.filter(({ status }) => status === 'fulfilled').length > 400);
  assert.deepEqual([buffers.stats().lent.count, buffers.stats().waiting], [0, 0]);
});
