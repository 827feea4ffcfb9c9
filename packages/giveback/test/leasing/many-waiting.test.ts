import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';

const SIZE = 1024;

/** Microseconds of processor time that each takes to be served, of so many that wait: the first half is. */
async function timeToServe(count: number): Promise<number> {
  const buffers = new BufferRecycler({ maxBytes: SIZE, maxWaiters: Infinity, sampleStacks: 0 });
  let current: RecycledBuffer = buffers.get(SIZE);
  const waits = Array.from({ length: count }, () => buffers.acquire(SIZE));
  const before = process.cpuUsage();
  for (const wait of waits.slice(0, count / 2)) {
    buffers.give(current);
    current = await wait;
  }
  const { user, system } = process.cpuUsage(before);
  assert.equal(buffers.stats().waiting, count / 2);
  for (const wait of waits) wait.catch(() => {});
  buffers.close();
  await Promise.allSettled(waits);
  return (user + system) / (count / 2);
}

test('whose turn it is takes no longer to find among 200,000 that wait', async (t) => {
  for (let warmUp = 0; warmUp < 2; warmUp++) await timeToServe(10_000);
  const few = await timeToServe(10_000);
  const many = await timeToServe(200_000);
  t.diagnostic(`${few.toFixed(1)} µs each, ${many.toFixed(1)} µs each`);
  assert.ok(many < 3 * few + 5, `${few} µs each, ${many} µs each`);
});

test('50,000 waits whose timeouts are due at once do not end in one go', async (t) => {
  const count = 50_000;
  const buffers = new BufferRecycler({ maxBytes: SIZE, maxWaiters: Infinity });
  const lent = buffers.get(SIZE);
  const codes: Record<string, number> = {};
  for (let wait = 0; wait < count; wait++)
    buffers.acquire(SIZE, { timeout: 10 }).catch(({ code }) => {
      codes[code] = (codes[code] ?? 0) + 1;
    });
  const due = performance.now() + 20;
  while (performance.now() < due);
  let most = 0;
  for (let before = 0; before < count; ) {
    await turn();
    const { timeouts } = buffers.stats();
    most = Math.max(most, timeouts - before);
    before = timeouts;
  }
  t.diagnostic(`${most} in one turn`);
  assert.ok(most < count / 4, `${most} in one turn`);
  assert.deepEqual(codes, { ERR_GIVEBACK_TIMEOUT: count });
  assert.equal(buffers.stats().waiting, 0);
  buffers.give(lent);
});
