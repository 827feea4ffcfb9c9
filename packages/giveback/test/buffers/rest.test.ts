import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferRecycler } from '../../src/index.ts';
import { assertBufferInvariants } from '../helpers/buffer-invariants.ts';
import { stopTime } from '../helpers/clock.ts';

// What was given a moment ago may be in use still: it is neither shrunk nor released for a tick at least.
const MiB = 1024 * 1024;
const TICK = 100;
const clock = stopTime();

const capacities = (bytes: ArrayBufferLike[]): number[] =>
  bytes.map(({ byteLength }) => byteLength);

test('freed bytes that are lent again go on resting: they are trimmed late', () => {
  // Nothing is kept idle, so each give frees its store.
  const buffers = new BufferRecycler({ memory: 'elastic', maxIdleBytes: 0 });
  const early = Array.from({ length: 6 }, () => buffers.get(8 * MiB));
  const bytes = early.map(({ buffer }) => buffer);
  for (const buffer of early) buffers.give(buffer);
  // Each at once in other hands, with more spare bytes than may be.
  const later = early.map(() => buffers.get(6.5 * MiB));
  assert.deepEqual(
    new Set(later.map(({ buffer }) => buffer)),
    new Set(bytes),
    'they are lent again',
  );
  assert.equal(buffers.stats().releasingBytes, 0, 'and wait for nothing');
  clock.advance(TICK);
  assert.deepEqual(capacities(bytes), new Array(6).fill(8 * MiB));
  clock.advance(3 * TICK);
  assert.ok(Math.min(...capacities(bytes)) < 8 * MiB, 'then they are trimmed');
  assertBufferInvariants(buffers);
  for (const buffer of later) buffers.give(buffer);
});

test('what a resize cuts off rests as well', () => {
  const buffers = new BufferRecycler({ memory: 'elastic' });
  const lent = Array.from({ length: 6 }, () => buffers.get(2 * MiB));
  const bytes = lent.map(({ buffer }) => buffer);
  clock.advance(5 * TICK);
  const resized = lent.map((buffer) => buffers.resize(buffer, 1 * MiB));
  clock.advance(TICK);
  assert.deepEqual(capacities(bytes), new Array(6).fill(2 * MiB));
  clock.advance(3 * TICK);
  assert.ok(Math.min(...capacities(bytes)) === 1 * MiB);
  assertBufferInvariants(buffers);
  for (const buffer of resized) buffers.give(buffer);
});

for (const memory of ['fixed', 'elastic'] as const) {
  test(`${memory}: what is trimmed is released after a rest`, () => {
    const buffers = new BufferRecycler({ memory });
    const buffer = buffers.get(1 * MiB);
    const bytes = buffer.buffer;
    buffers.give(buffer);
    assert.equal(buffers.trim(), 1);
    const { byteLength } = bytes;
    assert.ok(byteLength >= 1 * MiB);
    assert.equal(buffers.stats().releasingBytes, byteLength);
    clock.advance(2 * TICK);
    assert.equal(bytes.byteLength, byteLength);
    clock.advance(TICK);
    assert.equal(bytes.byteLength, 0);
    assert.equal(buffers.stats().releasingBytes, 0);
  });
}

for (const memory of ['fixed', 'elastic'] as const) {
  test(`${memory}: a store that cannot be resized is lent as it is, however much is spare`, () => {
    const buffers = new BufferRecycler({ memory });
    // Their classes leave much spare, and nothing of it can be trimmed.
    const lent = Array.from({ length: 1000 }, () => buffers.get(33_000));
    assert.ok(buffers.stats().spareBytes > 4 * MiB);
    const larger = buffers.get(60_000);
    const smaller = buffers.get(45_000);
    buffers.give(larger);
    clock.advance(3 * TICK);
    // Where the last one of that size came from there is none, but a larger one serves.
    const { makes } = buffers.stats();
    lent.push(buffers.get(45_000), smaller);
    assert.equal(buffers.stats().makes, makes);
    assertBufferInvariants(buffers);
    for (const buffer of lent) buffers.give(buffer);
  });
}
