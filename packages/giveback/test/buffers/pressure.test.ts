import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { BufferRecycler } from '../../src/index.ts';
import { assertBufferInvariants } from '../helpers/buffer-invariants.ts';
import { stopTime } from '../helpers/clock.ts';

const MiB = 1024 * 1024;
const clock = stopTime();
const reading = { limit: 0, available: 0, asked: 0 };
mock.method(process, 'constrainedMemory', () => {
  reading.asked++;
  return reading.limit;
});
// Not in every type of Node 20's, hence the assignment.
Object.assign(process, { availableMemory: () => reading.available });

/** Sets the reading, waits until the last one is no longer believed, and makes one buffer. */
function idleAfterMakingUnder(limit: number, available: number): number {
  const buffers = new BufferRecycler({ maxIdleBytes: 64 * MiB });
  const lent = Array.from({ length: 8 }, () => buffers.get(1 * MiB));
  for (const buffer of lent) buffers.give(buffer);
  Object.assign(reading, { limit, available });
  clock.advance(1001);
  buffers.get(5 * MiB);
  assertBufferInvariants(buffers);
  const { idle, frees } = buffers.stats();
  assert.equal(frees.pressure, 8 - idle.count);
  return idle.count;
}

test('near the limit, idle memory goes first', () => {
  assert.equal(idleAfterMakingUnder(1000 * MiB, 99 * MiB), 0);
});

test('far from it, it stays', () => {
  assert.equal(idleAfterMakingUnder(1000 * MiB, 101 * MiB), 8);
});

test('a missing or absurd limit means none', () => {
  for (const limit of [0, 2 ** 64, Number.NaN, undefined as never])
    assert.equal(idleAfterMakingUnder(limit, 1 * MiB), 8);
});

test('in silence the scavenger looks too', () => {
  Object.assign(reading, { limit: 1000 * MiB, available: 900 * MiB });
  const buffers = new BufferRecycler({ idleTimeout: 60_000 });
  buffers.give(buffers.get(1 * MiB));
  reading.available = 1 * MiB;
  clock.advance(15_000);
  assert.equal(buffers.stats().frees.pressure, 1);
});

test('a reading is kept for a second', () => {
  Object.assign(reading, { limit: 1000 * MiB, available: 900 * MiB });
  clock.advance(1001);
  const buffers = new BufferRecycler();
  const before = reading.asked;
  for (let i = 0; i < 100; i++) buffers.get(1000);
  assert.equal(reading.asked, before + 1);
});

test('a reading that another clock dated far ahead is not believed until then', () => {
  Object.assign(reading, { limit: 1000 * MiB, available: 900 * MiB });
  const { now } = performance;
  Object.defineProperty(performance, 'now', { value: () => now() + 1e12, configurable: true });
  const buffers = new BufferRecycler();
  buffers.get(1000);
  Object.defineProperty(performance, 'now', { value: now, configurable: true });
  const before = reading.asked;
  buffers.get(1000);
  assert.equal(reading.asked, before + 1);
});
