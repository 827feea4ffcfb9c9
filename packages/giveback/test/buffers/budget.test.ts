import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { assertBufferInvariants } from '../helpers/buffer-invariants.ts';
import { memories } from '../helpers/memories.ts';
import { until, untilRested } from '../helpers/until.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

for (const memory of memories) {
  test(`${memory}: past maxIdleBytes the least recently used goes, of whatever size`, () => {
    const buffers = new BufferRecycler({ memory, maxIdleBytes: 5 * MiB });
    const [large, small, middle, last] = [2 * MiB, 1 * KiB, 1 * MiB, 3 * MiB].map((size) =>
      buffers.get(size),
    ) as [RecycledBuffer, RecycledBuffer, RecycledBuffer, RecycledBuffer];
    for (const buffer of [large, small, middle]) buffers.give(buffer);
    const again = buffers.get(1 * KiB);
    assert.equal(again.buffer, small.buffer, 'used again, so now the youngest');
    buffers.give(again);
    buffers.give(last);
    assert.ok(buffers.stats().frees.evicted >= 1);
    assert.ok(buffers.stats().idle.bytes > 3 * MiB);
    assert.equal(buffers.get(3 * MiB).buffer, last.buffer);
    assert.equal(buffers.get(1 * KiB).buffer, small.buffer);
    assertBufferInvariants(buffers, { maxIdleBytes: 5 * MiB });
  });

  test(`${memory}: a store larger than maxIdleBytes is not kept, and drives out no other`, () => {
    const buffers = new BufferRecycler({ memory, maxIdleBytes: 1 * MiB });
    const [small, large] = [buffers.get(1 * KiB), buffers.get(2 * MiB)];
    assert.equal(buffers.give(small), true);
    assert.equal(buffers.give(large), false);
    const { frees, idle } = buffers.stats();
    assert.deepEqual({ full: frees.full, evicted: frees.evicted }, { full: 1, evicted: 0 });
    assert.equal(idle.count, 1);
  });

  test(`${memory}: what is larger than maxBufferSize is made to measure, and freed when given`, () => {
    const buffers = new BufferRecycler({ memory, maxBufferSize: 1 * MiB });
    const buffer = buffers.get(1 * MiB + 1);
    assert.equal(buffer.buffer.byteLength, 1 * MiB + 1);
    assert.equal(buffers.give(buffer), false);
    assert.equal(buffers.stats().frees.oversize, 1);
    assertBufferInvariants(buffers);
  });

  test(`${memory}: idle stores make room within maxBytes, then get refuses`, async () => {
    const maxBytes = 8 * MiB;
    const buffers = new BufferRecycler({ memory, maxBytes });
    const idle = Array.from({ length: 4 }, () => buffers.get(1 * MiB));
    for (const buffer of idle) buffers.give(buffer);
    assert.throws(() => buffers.get(6 * MiB), {
      code: 'ERR_GIVEBACK_BUDGET',
      message: /, \d+ given back a moment ago\.$/,
    });
    await untilRested();
    const lent = buffers.get(6 * MiB);
    assert.equal(lent.length, 6 * MiB);
    assertBufferInvariants(buffers, { maxBytes });
    const before = buffers.stats();
    assert.throws(() => buffers.get(4 * MiB), {
      code: 'ERR_GIVEBACK_BUDGET',
      message:
        /^Expected room for 4194304 bytes in recycler `buffers`, which take \d+ more, got \d+ of 8388608 bytes lent\.$/,
    });
    assert.deepEqual(buffers.stats(), before, 'a refused get changes nothing');
    assert.throws(() => buffers.get(9 * MiB), { code: 'ERR_GIVEBACK_BUDGET' });
    buffers.give(lent);
    assert.equal(buffers.get(4 * MiB).length, 4 * MiB, 'what rests is lent as it is');
    assertBufferInvariants(buffers, { maxBytes });
  });

  test(`${memory}: trim frees all that is idle, and says how many`, () => {
    const buffers = new BufferRecycler({ memory });
    const lent = [1, 1 * KiB, 100 * KiB, 1 * MiB].map((size) => buffers.get(size));
    for (const buffer of lent) buffers.give(buffer);
    assert.equal(buffers.trim(), 4);
    assert.equal(buffers.trim(), 0);
    assert.deepEqual(buffers.stats().idle, { count: 0, bytes: 0 });
    assertBufferInvariants(buffers);
  });
}

test('elastic: an idle store that has rested serves any size, and is trimmed', async () => {
  const buffers = new BufferRecycler({ memory: 'elastic' });
  const first = buffers.get(8 * MiB);
  buffers.give(first);
  for (const size of [7.9 * MiB, 5 * MiB, 64 * MiB, 8 * MiB].map(Math.floor)) {
    await untilRested();
    const buffer = buffers.get(size);
    assert.ok(buffer.buffer === first.buffer);
    assert.equal(buffer.length, size);
    await until(() => buffers.stats().spareBytes <= 4 * MiB);
    assert.equal(buffer.length, size, 'under its holder');
    buffers.give(buffer);
  }
  assert.equal(buffers.stats().makes, 1);
  assertBufferInvariants(buffers);
});

test('stats say what was asked for, and the peaks', () => {
  const buffers = new BufferRecycler();
  const both = [buffers.get(64 * KiB), buffers.get(64 * KiB)];
  for (const buffer of both) buffers.give(buffer);
  buffers.give(buffers.get(60 * KiB));
  buffers.trim();
  const { requestedBytes, peak } = buffers.stats();
  assert.equal(requestedBytes, 188 * KiB);
  assert.deepEqual(peak, { lentBytes: 128 * KiB, heldBytes: 128 * KiB });
});
