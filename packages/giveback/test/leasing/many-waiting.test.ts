import assert from 'node:assert/strict';
import { test } from 'node:test';
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
