import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { test } from 'node:test';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { GrowingBuffer } from '../../src/io/index.ts';
import { memories } from '../helpers/memories.ts';

const KiB = 1024;

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

for (const memory of memories) {
  test(`${memory}: bytes that come back in a shorter view, or a longer one, are wiped all the same`, () => {
    for (const [lent, restored] of [
      [1000, 10],
      [10, 64],
      [100 * KiB, 0],
      [100 * KiB, 70 * KiB],
      [70 * KiB, 71 * KiB],
    ] as const) {
      const buffers = new BufferRecycler({ memory, wipe: true });
      const buffer = buffers.get(lent);
      const capacity = buffer.buffer.byteLength;
      const moved = structuredClone(buffer.buffer, { transfer: [buffer.buffer as ArrayBuffer] });
      new Uint8Array(moved).fill(0xaa);
      const back = buffers.restore(buffer, new Uint8Array(moved, 0, restored));
      assert.ok(isZero(new Uint8Array(back.buffer, restored)), 'nothing beyond the view');
      buffers.give(back);
      assert.ok(isZero(buffers.get(capacity)), `${lent} and ${restored} bytes`);
    }
  });

  test(`${memory}: what is no view brings nothing back, and changes nothing`, () => {
    const buffers = new BufferRecycler({ memory, wipe: true });
    const buffer = buffers.get(100 * KiB);
    const moved = structuredClone(buffer.buffer, { transfer: [buffer.buffer as ArrayBuffer] });
    for (const fake of [
      { buffer: moved, byteOffset: 0, byteLength: 10 },
      { buffer: moved, byteOffset: 0, byteLength: Number.NaN },
      moved,
      null,
    ])
      assert.throws(() => buffers.restore(buffer, fake as never), { code: 'ERR_GIVEBACK_TYPE' });
    buffers.give(buffers.restore(buffer, new Uint8Array(moved)));
    assert.equal(buffers.stats().lent.count, 0);
  });

  test(`${memory}: what is given while a give is under way is wiped as well`, async () => {
    const buffers = new BufferRecycler({ memory, wipe: true, maxBytes: 256 * KiB });
    const secret = buffers.get(1000).fill(0xaa) as RecycledBuffer;
    // What the one leaves does not serve the other: it has to be freed first, and another made.
    const [first, second] = memory === 'fixed' ? [150 * KiB, 200 * KiB] : [245 * KiB, 14 * KiB];
    const growing = new GrowingBuffer(buffers, { expectedLength: first });
    growing.append(new Uint8Array(first).fill(1));
    const waited = buffers.acquire(second);
    // It is called in the midst of the give that makes room for the one that waits.
    const give = (): void => void (buffers.isLent(secret as unknown) && buffers.give(secret));
    for (const event of ['make', 'free']) subscribe(`giveback:${event}`, give);
    growing.discard();
    for (const event of ['make', 'free']) unsubscribe(`giveback:${event}`, give);
    assert.ok(isZero(await waited));
    assert.ok(!buffers.isLent(secret));
    assert.ok(isZero(buffers.get(1000)));
  });

  test(`${memory}: properties set on a buffer reach nobody else`, () => {
    for (const options of [{}, { wipe: true }, { guard: 'revoke' as const }]) {
      const buffers = new BufferRecycler({ memory, ...options });
      const mark = Symbol('mine');
      const marked = (buffer: RecycledBuffer): RecycledBuffer =>
        Object.setPrototypeOf(Object.assign(buffer, { secret: 'mine', [mark]: 1 }), {
          ...Object.getPrototypeOf(buffer),
          __proto__: Object.getPrototypeOf(buffer),
          inherited: 'mine',
        });
      const seen = (buffer: RecycledBuffer): boolean =>
        'secret' in buffer || mark in buffer || 'inherited' in buffer;
      for (const size of [0, 100, 100 * KiB]) {
        const resized = buffers.resize(marked(buffers.get(size)), size + 1);
        assert.ok(!seen(resized));
        buffers.give(marked(resized));
        const next = buffers.get(size);
        assert.ok(!seen(next));
        const bytes = next.buffer as ArrayBuffer;
        marked(next);
        const moved = structuredClone(bytes, { transfer: [bytes] });
        const restored = buffers.restore(next, marked(new Uint8Array(moved) as never));
        assert.ok(!seen(restored));
        buffers.give(restored);
      }
    }
  });
}
