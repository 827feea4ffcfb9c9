import assert from 'node:assert/strict';
import { it } from 'node:test';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { memories } from '../helpers/memories.ts';

function transferAway(buffer: RecycledBuffer): void {
  structuredClone(buffer.buffer, { transfer: [buffer.buffer as ArrayBuffer] });
}

/** So often that what is called is optimised, for memory of both kinds. */
function warmUp(recyclers: readonly BufferRecycler[]): void {
  for (let gets = 0; gets < 200_000; gets++)
    for (const buffers of recyclers) buffers.give(buffers.get(gets % 2 === 0 ? 1000 : 100_000));
}

it('a give of what was transferred away is refused, by optimised code too', () => {
  const recyclers = memories.map((memory) => new BufferRecycler({ memory }));
  warmUp(recyclers);
  for (let times = 0; times < 100; times++)
    for (const buffers of recyclers)
      for (const size of [1000, 100_000]) {
        const buffer = buffers.get(size);
        transferAway(buffer);
        assert.throws(() => buffers.give(buffer), { code: 'ERR_GIVEBACK_FOREIGN' });
        assert.throws(() => buffers.resize(buffer, 10), { code: 'ERR_GIVEBACK_FOREIGN' });
        buffers.discard(buffer);
        // A give that is fine keeps the code from being compiled for this alone.
        for (const each of recyclers) each.give(each.get(size));
      }
  for (const buffers of recyclers) assert.equal(buffers.stats().lent.count, 0);
});

it('and ends by itself as a discard', () => {
  const recyclers = memories.map((memory) => new BufferRecycler({ memory }));
  for (const buffers of recyclers) {
    for (let gets = 0; gets < 100_000; gets++)
      buffers.get(gets % 2 === 0 ? 1000 : 100_000)[Symbol.dispose]();
    const buffer = buffers.get(1000);
    transferAway(buffer);
    buffer[Symbol.dispose]();
    assert.equal(buffers.stats().discards, 1);
  }
});

it('an idle one that was transferred away by a stale reference is not lent, also where the budget is spent', () => {
  const large = 192 * 1024;
  for (const memory of memories)
    for (const size of [1, 1000, 100 * 1024]) {
      const buffers = new BufferRecycler({ memory, maxBytes: 320 * 1024 });
      const stale = buffers.get(large);
      buffers.give(stale);
      transferAway(stale);
      // Nothing but what is idle would serve the last of these.
      const got: RecycledBuffer[] = [];
      assert.throws(
        () => {
          for (;;) got.push(buffers.get(size));
        },
        { code: 'ERR_GIVEBACK_BUDGET' },
      );
      assert.ok(got.every(({ byteLength }) => byteLength === size));
      assert.equal(buffers.stats().lent.count, got.length);
      assert.equal(buffers.stats().frees.lost, 1);
    }
});

it('another serves in its place, or a new one', () => {
  for (const memory of memories)
    for (const others of [0, 1]) {
      const KiB = 1024;
      const buffers = new BufferRecycler({ memory, maxBytes: 640 * KiB });
      const lent = Array.from({ length: others + 1 }, () => buffers.get(256 * KiB));
      for (const buffer of lent) buffers.give(buffer);
      // The one that lies on top, and fits well.
      const stale = lent.at(-1) as RecycledBuffer;
      transferAway(stale);
      const { makes } = buffers.stats();
      assert.equal(buffers.get(230 * KiB).length, 230 * KiB);
      assert.equal(buffers.stats().frees.lost, 1);
      assert.equal(buffers.stats().makes, others === 0 ? makes + 1 : makes);
    }
});
