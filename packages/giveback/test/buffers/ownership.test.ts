import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { assertBufferInvariants } from '../helpers/buffer-invariants.ts';
import { memories } from '../helpers/memories.ts';

const KiB = 1024;

for (const memory of memories) {
  test(`${memory}: a real Buffer of exactly the size asked for, on a store of its own`, () => {
    const buffers = new BufferRecycler({ memory });
    for (const size of [0, 1, 63, 64, 65, 4096, 100_000, 65_536, 1_000_001, 70_000_000]) {
      const buffer = buffers.get(size);
      assert.equal(buffer.length, size);
      assert.ok(Buffer.isBuffer(buffer) && buffer instanceof Uint8Array);
      assert.equal(buffer.byteOffset, 0);
      assert.notEqual(buffer.buffer, Buffer.from('pooled').buffer);
      if (size > 4) assert.equal(buffer.write('give', 1), 4);
      if (size > 4) assert.equal(buffer.toString('latin1', 1, 5), 'give');
      buffers.give(buffer);
      assertBufferInvariants(buffers);
    }
  });

  test(`${memory}: each get makes a view of its own on a recycled store`, () => {
    const buffers = new BufferRecycler({ memory });
    const first = buffers.get(100 * KiB);
    buffers.give(first);
    const again = buffers.get(100 * KiB);
    assert.notEqual(again, first);
    buffers.give(again);
    const second = buffers.get(99 * KiB);
    assert.notEqual(second, again);
    for (const each of [again, second]) assert.equal(each.buffer, first.buffer);
    assert.equal(buffers.stats().reuses, 2);
  });

  test(`${memory}: what is not lent is refused, and nothing changes`, () => {
    const buffers = new BufferRecycler({ memory, name: 'mine' });
    const other = new BufferRecycler({ memory, name: 'theirs' });
    const stale = buffers.get(80 * KiB);
    buffers.give(stale);
    const lent = buffers.get(79 * KiB);
    const moved = buffers.get(90 * KiB);
    const { port1 } = new MessageChannel();
    port1.postMessage(moved, [moved.buffer as ArrayBuffer]);
    port1.close();
    assert.equal(moved.length, 0);
    const idle = buffers.get(300 * KiB);
    buffers.give(idle);
    const before = buffers.stats();
    const refused: [given: unknown, code: string][] = [
      [idle, 'ERR_GIVEBACK_NOT_LEASED'],
      [stale, 'ERR_GIVEBACK_NOT_LEASED'],
      [lent.subarray(0, 10), 'ERR_GIVEBACK_FOREIGN'],
      [lent.subarray(), 'ERR_GIVEBACK_FOREIGN'],
      [lent.map((byte) => byte), 'ERR_GIVEBACK_FOREIGN'],
      [new Uint8Array(lent.buffer), 'ERR_GIVEBACK_FOREIGN'],
      [Object.create(lent), 'ERR_GIVEBACK_FOREIGN'],
      [moved, 'ERR_GIVEBACK_FOREIGN'],
      [Buffer.from('pooled'), 'ERR_GIVEBACK_FOREIGN'],
      [Buffer.alloc(10), 'ERR_GIVEBACK_FOREIGN'],
      [new Uint8Array(10), 'ERR_GIVEBACK_FOREIGN'],
      [other.get(10), 'ERR_GIVEBACK_FOREIGN'],
      [undefined, 'ERR_GIVEBACK_FOREIGN'],
      [null, 'ERR_GIVEBACK_FOREIGN'],
      [7, 'ERR_GIVEBACK_FOREIGN'],
      ['buffer', 'ERR_GIVEBACK_FOREIGN'],
    ];
    for (const [given, code] of refused) {
      const expected = { code, message: /^Expected a buffer .+ recycler `mine`, got .+\.$/ };
      assert.throws(() => buffers.give(given as RecycledBuffer), expected);
      if (given !== moved) assert.throws(() => buffers.discard(given as RecycledBuffer), expected);
    }
    assert.deepEqual(buffers.stats(), before);
    buffers.discard(moved);
    buffers.give(lent);
    assert.equal(buffers.stats().lent.count, 0);
    assertBufferInvariants(buffers);
  });

  test(`${memory}: a using block gives back, unless it was given or discarded before`, () => {
    const buffers = new BufferRecycler({ memory });
    {
      using chunk = buffers.get(64 * KiB);
      using given = buffers.get(64 * KiB);
      using discarded = buffers.get(64 * KiB);
      chunk[0] = 1;
      buffers.give(given);
      buffers.discard(discarded);
    }
    const { gives, discards, lent } = buffers.stats();
    assert.deepEqual({ gives, discards, lent: lent.count }, { gives: 2, discards: 1, lent: 0 });
  });

  test(`${memory}: what is discarded is never lent again`, () => {
    const buffers = new BufferRecycler({ memory });
    const pending = buffers.get(64 * KiB);
    buffers.discard(pending);
    assert.notEqual(buffers.get(64 * KiB).buffer, pending.buffer);
    assert.throws(() => buffers.give(pending), { code: 'ERR_GIVEBACK_NOT_LEASED' });
    assertBufferInvariants(buffers);
  });

  test(`${memory}: bytes that a stale reference transferred away are not lent`, () => {
    const buffers = new BufferRecycler({ memory });
    for (const size of [64 * KiB, 60 * KiB]) {
      const stale = buffers.get(64 * KiB);
      buffers.give(stale);
      structuredClone(stale.buffer, { transfer: [stale.buffer as ArrayBuffer] });
      const next = buffers.get(size);
      assert.equal(next.length, size);
      buffers.give(next);
      assertBufferInvariants(buffers);
    }
  });

  test(`${memory}: nor are they where only a far larger store is left`, () => {
    for (const size of [1, 100, 10 * KiB, 80 * KiB, 800 * KiB]) {
      // What the two of them take.
      const maxBytes = (memory === 'fixed' ? 1024 + 56 : 900 + 56) * KiB;
      const buffers = new BufferRecycler({ memory, maxBytes });
      const stale = buffers.get(900 * KiB);
      const other = buffers.get(50 * KiB);
      buffers.give(stale);
      structuredClone(stale.buffer, { transfer: [stale.buffer as ArrayBuffer] });
      const next = buffers.get(size);
      assert.equal(next.fill(1).length, size);
      buffers.give(next);
      buffers.give(other);
      assertBufferInvariants(buffers, { maxBytes });
      assert.equal(buffers.stats().frees.lost, 1);
    }
  });

  test(`${memory}: after close nothing is got, and what comes back is freed`, () => {
    const buffers = new BufferRecycler({ memory });
    const [kept, lent] = [buffers.get(100), buffers.get(100 * KiB)];
    buffers.give(kept);
    buffers[Symbol.dispose]();
    buffers.close();
    assert.throws(() => buffers.get(100), { code: 'ERR_GIVEBACK_CLOSED' });
    assert.equal(buffers.give(lent), false);
    assert.equal(buffers.stats().frees.closed, 2);
    assertBufferInvariants(buffers);
  });
}

test('plain copies made from a lent buffer are plain BufferPool', () => {
  const buffer = new BufferRecycler().get(10).fill(1);
  const copies = [
    buffer.map((byte) => byte),
    buffer.filter(() => true),
    buffer.slice(),
    buffer.subarray(),
  ];
  for (const copy of copies) assert.equal(Object.getPrototypeOf(copy), Buffer.prototype);
});
