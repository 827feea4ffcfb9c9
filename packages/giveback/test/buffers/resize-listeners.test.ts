import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { test } from 'node:test';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { assertBufferInvariants } from '../helpers/buffer-invariants.ts';
import { stopTime } from '../helpers/clock.ts';
import { memories } from '../helpers/memories.ts';

const MiB = 1024 * 1024;
const REST = 300;
const clock = stopTime();

for (const memory of memories)
  for (const idle of [[], [5 * MiB, 1 * MiB]])
    test(`${memory}: whoever listens while ${idle.length} idle stores make room for a resize finds it done`, () => {
      const buffers = new BufferRecycler({ memory, maxBytes: 14 * MiB });
      const first = buffers.get(2 * MiB).fill(1) as RecycledBuffer;
      for (const other of idle.map((size) => buffers.get(size))) buffers.give(other);
      clock.advance(REST);
      let heard = 0;
      const listen = (): void => {
        heard++;
        assert.equal(buffers.isLent(first), false);
        assert.equal(buffers.stats().lent.count, 1);
        assertBufferInvariants(buffers);
        buffers.trim();
      };
      for (const event of ['make', 'free']) subscribe(`giveback:${event}`, listen);
      const larger = buffers.resize(first, 12 * MiB);
      for (const event of ['make', 'free']) unsubscribe(`giveback:${event}`, listen);
      assert.equal(heard > 0, idle.length > 0 || memory === 'fixed');
      assert.equal(larger.length, 12 * MiB);
      assert.ok(larger.subarray(0, 2 * MiB).every((byte) => byte === 1));
      buffers.give(larger);
      assertBufferInvariants(buffers);
    });
