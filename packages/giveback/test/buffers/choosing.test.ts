import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { assertBufferInvariants } from '../helpers/buffer-invariants.ts';
import { stopTime } from '../helpers/clock.ts';
import { memories } from '../helpers/memories.ts';

// Which store serves a request: `StorePool.obtain` lists the five ways.
const KiB = 1024;
const MiB = 1024 * KiB;
const REST = 300;
const clock = stopTime();

/** A recycler with idle stores of these sizes, made in one go. */
function withIdle(
  options: ConstructorParameters<typeof BufferRecycler>[0],
  ...sizes: number[]
): { buffers: BufferRecycler; idle: ArrayBufferLike[] } {
  const buffers = new BufferRecycler(options);
  const lent = sizes.map((size) => buffers.get(size));
  for (const buffer of lent) buffers.give(buffer);
  return { buffers, idle: lent.map(({ buffer }) => buffer) };
}

const serves = (buffer: RecycledBuffer, bytes: ArrayBufferLike | undefined): void =>
  assert.ok(buffer.buffer === bytes);

for (const memory of memories) {
  test(`${memory}: the smallest idle store that fits well serves, whatever lies beside it`, () => {
    const { buffers, idle } = withIdle({ memory }, 16 * MiB, 5 * MiB, 8 * MiB, 1 * MiB);
    serves(buffers.get(5_000_000), idle[1]);
    serves(buffers.get(7.5 * MiB), idle[2]);
    assert.equal(buffers.stats().makes, 4);
    assertBufferInvariants(buffers);
  });

  test(`${memory}: one that fits well is not left for a new one, however little is idle`, () => {
    const { buffers, idle } = withIdle({ memory }, 256 * KiB);
    serves(buffers.get(230 * KiB), idle[0]);
    assert.equal(buffers.stats().makes, 1);
    assertBufferInvariants(buffers);
  });

  test(`${memory}: while little is idle, what fits badly is left for what it fits`, () => {
    const { buffers, idle } = withIdle({ memory }, 1 * MiB);
    const other = buffers.get(500 * KiB);
    assert.equal(buffers.stats().makes, 2);
    serves(buffers.get(1 * MiB), idle[0]);
    assert.equal(other.length, 500 * KiB);
    assertBufferInvariants(buffers);
  });

  test(`${memory}: when more is idle, the nearest serves instead of one more`, () => {
    const { buffers, idle } = withIdle({ memory }, 8 * MiB, 30 * MiB);
    serves(buffers.get(4 * MiB), idle[0]);
    assert.equal(buffers.stats().makes, 2);
    assertBufferInvariants(buffers);
  });

  test(`${memory}: a store that is far too large and has not rested is not lent while another can be made`, () => {
    const buffers = new BufferRecycler({ memory });
    const lent = Array.from({ length: 6 }, () => buffers.get(48 * MiB));
    const large = lent.pop() as RecycledBuffer;
    buffers.give(large);
    const small = buffers.get(1 * MiB);
    assert.ok(small.buffer !== large.buffer);
    buffers.give(small);
    serves(buffers.get(48 * MiB), large.buffer);
    assert.equal(lent.length, 5);
  });

  test(`${memory}: it is, where nothing else can be had`, () => {
    for (const size of [1 * MiB, 1]) {
      const { buffers, idle } = withIdle({ memory, maxBytes: 32 * MiB }, 32 * MiB);
      serves(buffers.get(size), idle[0]);
      assertBufferInvariants(buffers);
    }
  });

  test(`${memory}: a new store does not take the room of an idle one that could serve`, () => {
    const { buffers, idle } = withIdle({ memory, maxBytes: 5 * MiB }, 3 * MiB);
    serves(buffers.get(2.5 * MiB), idle[0]);
    const { buffers: other } = withIdle({ memory, maxBytes: 4 * MiB }, 3 * MiB);
    assert.equal(other.get(1.5 * MiB).length, 1.5 * MiB);
    assert.equal(other.stats().makes, 1);
  });
}

test('elastic: a smaller store is grown where a larger one would leave more than four times as much spare', () => {
  const { buffers, idle } = withIdle({ memory: 'elastic' }, 6 * MiB, 20 * MiB);
  serves(buffers.get(7 * MiB), idle[0]);
  const { frees, makes, lent } = buffers.stats();
  assert.deepEqual([makes, frees.evicted, lent.bytes], [2, 0, 7 * MiB]);
  assertBufferInvariants(buffers);
});

test('elastic: what has not rested is lent as it is, however much is spare', () => {
  const { buffers, idle } = withIdle({ memory: 'elastic' }, 64 * MiB);
  serves(buffers.get(20 * MiB), idle[0]);
  assert.equal(idle[0]?.byteLength, 64 * MiB);
  assertBufferInvariants(buffers);
});

test('elastic: what has rested serves any size, shrunk at once if too much were spare', () => {
  const { buffers, idle } = withIdle({ memory: 'elastic' }, 64 * MiB);
  clock.advance(REST);
  serves(buffers.get(5 * MiB), idle[0]);
  assert.equal(idle[0]?.byteLength, 5 * MiB);
  assertBufferInvariants(buffers);
});

test('elastic: small buffers that grow in place leave no more idle than a part of what is lent', () => {
  const buffers = new BufferRecycler({ memory: 'elastic', maxIdleBytes: Infinity });
  const lent: RecycledBuffer[] = [];
  for (let step = 0; step < 500; step++) {
    clock.advance(1);
    const small = buffers.get(64 * KiB);
    lent.push(buffers.resize(small, 7 * MiB));
    if (lent.length > 10) buffers.give(lent.shift() as RecycledBuffer);
  }
  const { peak, makes } = buffers.stats();
  assert.ok(peak.heldBytes < 1.5 * peak.lentBytes, `${peak.heldBytes} of ${peak.lentBytes}`);
  assert.ok(makes < 20, `${makes} makes`);
  assertBufferInvariants(buffers);
});

test('elastic: of heavy-tailed sizes hardly more is held than is lent', () => {
  const buffers = new BufferRecycler({ memory: 'elastic' });
  let state = 7;
  const random = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state / 2 ** 32;
  };
  const size = (): number =>
    random() < 0.9 ? 64 * KiB + random() * 64 * KiB : 4 * MiB + random() * 4 * MiB;
  const lent: RecycledBuffer[] = [];
  let worst = 0;
  for (let step = 0; step < 3000; step++) {
    clock.advance(1);
    lent.push(buffers.get(Math.floor(size())));
    if (lent.length <= 100) continue;
    const [old] = lent.splice(Math.floor(random() * 100), 1);
    buffers.give(old as RecycledBuffer);
    const { peak } = buffers.stats();
    worst = peak.heldBytes / peak.lentBytes;
  }
  assert.ok(worst < 1.25, `${worst}`);
  assertBufferInvariants(buffers);
});
