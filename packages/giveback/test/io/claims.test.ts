import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferRecycler } from '../../src/index.ts';
import { GrowingBuffer } from '../../src/io/index.ts';
import { stopTime } from '../helpers/clock.ts';
import { collectUntil } from '../helpers/collect.ts';
import { assertAllGivenBack } from './helpers/kinds.ts';
import { patterned } from './helpers/streams.ts';

// What a buffer that grows may need soon is left to it for a second.
const MiB = 1024 * 1024;
const content = patterned(3 * MiB);
const clock = stopTime();

/** An older buffer that has grown, and a younger one that waits although there is room for it. */
function crowded() {
  const buffers = new BufferRecycler({ memory: 'elastic', maxBytes: 8 * MiB });
  const [older, younger] = [new GrowingBuffer(buffers), new GrowingBuffer(buffers)];
  older.append(content.subarray(0, 2 * MiB));
  younger.append(content.subarray(0, 1 * MiB));
  const holder = buffers.get(3 * MiB);
  const appending = younger.appendWhenRoom(content.subarray(1 * MiB, 2 * MiB));
  assert.equal(buffers.stats().waiting, 1);
  buffers.give(holder);
  // What was given has rested by then.
  clock.advance(500);
  assert.equal(buffers.stats().waiting, 1);
  assert.ok(buffers.stats().lent.bytes < 5 * MiB);
  return { buffers, older, younger, appending };
}

function finish(buffers: BufferRecycler, growing: GrowingBuffer, discards = 0): void {
  const whole = growing.finish();
  assert.ok(whole.equals(content.subarray(0, whole.length)));
  buffers.give(whole);
  assertAllGivenBack(buffers, { discards });
}

test('who waits is served when an older one ends', async () => {
  const { buffers, older, younger, appending } = crowded();
  older.discard();
  await appending;
  finish(buffers, younger);
});

test('or when an older one has not grown for a second, with nobody else doing anything', async () => {
  const { buffers, older, younger, appending } = crowded();
  clock.advance(1000);
  assert.equal(buffers.stats().waiting, 0);
  await appending;
  older.discard();
  finish(buffers, younger);
});

test('also where nothing is idle, and so nobody looks at the clock', async () => {
  const buffers = new BufferRecycler({ memory: 'elastic', maxBytes: 8 * MiB });
  const [older, younger] = [new GrowingBuffer(buffers), new GrowingBuffer(buffers)];
  older.append(content.subarray(0, 2 * MiB));
  younger.append(content.subarray(0, 1 * MiB));
  (() => buffers.discard(buffers.get(3 * MiB)))();
  const appending = younger.appendWhenRoom(content.subarray(1 * MiB, 2 * MiB));
  await collectUntil(() => buffers.stats().releasingBytes === 0);
  assert.equal(buffers.stats().waiting, 1);
  clock.advance(1000);
  assert.equal(buffers.stats().waiting, 0);
  await appending;
  older.discard();
  finish(buffers, younger, 1);
});
