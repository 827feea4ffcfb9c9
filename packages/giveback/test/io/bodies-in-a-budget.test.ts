import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { BufferRecycler } from '../../src/index.ts';
import { GrowingBuffer } from '../../src/io/index.ts';
import { assertBufferInvariants } from '../helpers/buffer-invariants.ts';
import { stopTime } from '../helpers/clock.ts';
import { randomFrom } from '../helpers/random.ts';
import { assertAllGivenBack } from './helpers/kinds.ts';
import { patterned } from './helpers/streams.ts';

// Time stands still, so nothing ever rests: what is idle can be lent as it is, but not trimmed, grown out of its
// budget, or released. Whoever waits for that waits for ever.
stopTime();

const MiB = 2 ** 20;
const CHUNK = 64 * 1024;
const content = patterned(8 * MiB);

/** A recycler whose budget is held by idle stores of these sizes, given a moment ago, but for `free` bytes. */
function withIdle(sizes: readonly number[], free: number): BufferRecycler {
  const maxBytes = sizes.reduce((sum, size) => sum + size, free);
  const buffers = new BufferRecycler({ memory: 'elastic', maxBytes });
  for (const lent of sizes.map((size) => buffers.get(size))) buffers.give(lent);
  return buffers;
}

test('a body that grows goes on in what is idle, where its own store has no room', () => {
  const buffers = withIdle([7 * MiB, 8 * MiB], MiB);
  using growing = new GrowingBuffer(buffers);
  for (let at = 0; at < 6 * MiB; at += CHUNK) growing.append(content.subarray(at, at + CHUNK));
  const body = growing.finish();
  assert.ok(body.equals(content.subarray(0, 6 * MiB)));
  assert.ok(buffers.stats().lent.bytes <= 7 * MiB);
  buffers.give(body);
  assertBufferInvariants(buffers);
});

test('a buffer that is resized does as well, and is refused where nothing idle holds it', () => {
  const buffers = withIdle([4 * MiB], MiB);
  const idle = buffers.get(4 * MiB);
  const small = buffers.get(MiB);
  small.fill(1);
  assert.throws(() => buffers.resize(small, 2 * MiB), { code: 'ERR_GIVEBACK_BUDGET' });
  buffers.give(idle);
  assert.throws(() => buffers.resize(small, 4 * MiB + 1), { code: 'ERR_GIVEBACK_BUDGET' });
  const larger = buffers.resize(small, 2 * MiB);
  assert.ok(larger.subarray(0, MiB).every((byte) => byte === 1));
  assert.equal(buffers.stats().lent.bytes, 4 * MiB);
  buffers.give(larger);
  assertBufferInvariants(buffers);
});

test('a body begins in a store that another has grown out of, unless that holds over 16 times what has come', () => {
  const buffers = withIdle([8 * MiB, MiB, 2 * MiB], MiB);
  const holder = buffers.get(8 * MiB);
  const { makes } = buffers.stats();
  const begin = (): GrowingBuffer => {
    const growing = new GrowingBuffer(buffers, { expectedLength: 4 * MiB });
    growing.append(content.subarray(0, CHUNK));
    return growing;
  };
  const first = begin();
  assert.deepEqual(buffers.stats().lent, { count: 2, bytes: 9 * MiB });
  const second = begin();
  assert.equal(buffers.stats().makes, makes + 1);
  assert.ok(buffers.stats().lent.bytes < 9.25 * MiB);
  for (const growing of [first, second]) growing.discard();
  buffers.give(holder);
  assertAllGivenBack(buffers);
});

for (const seed of [1, 2, 3])
  test(`bodies of known length share a budget that not all fit into, each in its turn: order ${seed}`, async () => {
    const buffers = withIdle(Array(5).fill(8 * MiB), 4 * MiB);
    const random = randomFrom(seed);
    let left = 100;
    const lanes = Array.from({ length: 10 }, async () => {
      while (left-- > 0) {
        const size = Math.ceil(8 * MiB * random());
        using growing = new GrowingBuffer(buffers, { expectedLength: size });
        for (let at = 0; at < size; at += CHUNK) {
          await growing.appendWhenRoom(content.subarray(at, Math.min(at + CHUNK, size)));
          if (random() < 0.2) await turn();
        }
        const body = growing.finish();
        assert.ok(body.equals(content.subarray(0, size)));
        buffers.give(body);
      }
    });
    await Promise.all(lanes);
    assertBufferInvariants(buffers);
    assertAllGivenBack(buffers);
  });
