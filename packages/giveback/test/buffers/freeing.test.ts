import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferRecycler } from '../../src/index.ts';
import { assertBufferInvariants } from '../helpers/buffer-invariants.ts';
import { stopTime } from '../helpers/clock.ts';
import { memories } from '../helpers/memories.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const clock = stopTime();

/** Whether the bytes behind a view that was given back have been released to the system. */
const released = (view: Uint8Array) => view.buffer.byteLength === 0;

for (const memory of memories) {
  test(`${memory}: what idles too long is freed and released, under traffic as in silence`, () => {
    const buffers = new BufferRecycler({ memory, idleTimeout: 1000, maxIdleBytes: 64 * MiB });
    const burst = Array.from({ length: 20 }, () => buffers.get(1 * MiB));
    for (const buffer of burst) buffers.give(buffer);
    for (let ms = 0; ms < 1250; ms += 10) {
      buffers.give(buffers.get(1 * MiB));
      clock.advance(10);
    }
    assert.equal(buffers.stats().idle.count, 1);
    assert.equal(buffers.stats().frees.aged, 19);
    assert.equal(burst.filter(released).length, 19);
    clock.advance(1250);
    assert.equal(buffers.stats().idle.count, 0);
    assertBufferInvariants(buffers);
  });

  test(`${memory}: what was given a moment ago rests for a tick before it is released`, () => {
    const buffers = new BufferRecycler({ memory, idleTimeout: 1000 });
    const buffer = buffers.get(1 * MiB);
    buffers.give(buffer);
    assert.equal(buffers.trim(), 1);
    assert.equal(released(buffer), false);
    assert.equal(buffers.stats().releasingBytes, buffer.buffer.byteLength);
    clock.advance(200);
    assert.equal(released(buffer), false, 'a tick may have begun just before');
    clock.advance(101);
    assert.equal(released(buffer), true);
    assert.equal(buffers.stats().releasingBytes, 0);
  });

  test(`${memory}: what has rested while it was idle is released at once`, () => {
    const buffers = new BufferRecycler({ memory, idleTimeout: 1000 });
    const buffer = buffers.get(1 * MiB);
    buffers.give(buffer);
    clock.advance(500);
    buffers.trim();
    assert.equal(released(buffer), true);
  });

  test(`${memory}: without ageing, what is trimmed is released all the same`, () => {
    const buffers = new BufferRecycler({ memory, idleTimeout: Infinity });
    const buffer = buffers.get(1 * MiB);
    buffers.give(buffer);
    clock.advance(200_000);
    assert.equal(buffers.stats().idle.count, 1, 'Infinity is never');
    buffers.trim();
    assert.equal(released(buffer), true);
  });

  test(`${memory}: what is discarded is never released`, () => {
    const buffers = new BufferRecycler({ memory, idleTimeout: 1000 });
    const buffer = buffers.get(1 * MiB);
    buffers.discard(buffer);
    buffers.close();
    clock.advance(5000);
    assert.equal(buffer.length, 1 * MiB);
  });

  test(`${memory}: what rests serves again, so it never lifts memory above the peak that was held`, () => {
    const buffers = new BufferRecycler({ memory, maxIdleBytes: 0, idleTimeout: 1000 });
    const given = Array.from({ length: 10 }, () => {
      const buffer = buffers.get(1 * MiB);
      buffers.give(buffer);
      assertBufferInvariants(buffers);
      return buffer;
    });
    assert.equal(new Set(given.map(({ buffer }) => buffer)).size, 1);
    clock.advance(1000);
    assert.equal(given.filter(released).length, 10);
  });

  test(`${memory}: a resting store that a stale reference detaches does no harm`, () => {
    const buffers = new BufferRecycler({ memory, idleTimeout: 1000 });
    const [first, second] = [buffers.get(1 * MiB), buffers.get(1 * MiB)];
    buffers.give(first);
    buffers.give(second);
    buffers.trim();
    structuredClone(first.buffer, { transfer: [first.buffer as ArrayBuffer] });
    clock.advance(1000);
    assert.equal(released(second), true);
  });
}
