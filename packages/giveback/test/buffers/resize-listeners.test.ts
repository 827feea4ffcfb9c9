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

/** Whatever makes room for a resize publishes an event, whose listener may end the very lease. */
const ends: Record<string, (buffers: BufferRecycler, buffer: RecycledBuffer) => void> = {
  give: (buffers, buffer) => void buffers.give(buffer),
  discard: (buffers, buffer) => buffers.discard(buffer),
};

for (const memory of memories)
  for (const [what, end] of Object.entries(ends))
    for (const idle of [[], [5 * MiB, 1 * MiB]])
      test(`${memory}: a ${what} by a listener while ${idle.length} idle stores make room for a resize`, () => {
        const buffers = new BufferRecycler({ memory, maxBytes: 14 * MiB });
        const first = buffers.get(2 * MiB).fill(1) as RecycledBuffer;
        for (const other of idle.map((size) => buffers.get(size))) buffers.give(other);
        clock.advance(REST);
        let isEnded = false;
        const listen = (): void => {
          if (isEnded) return;
          isEnded = true;
          end(buffers, first);
        };
        for (const event of ['make', 'free']) subscribe(`giveback:${event}`, listen);
        try {
          const larger = buffers.resize(first, 12 * MiB);
          assert.equal(isEnded, false, 'in place, without an event');
          assert.equal(larger.length, 12 * MiB);
          buffers.give(larger);
        } catch (error) {
          // What is given in the midst of it rests, and may leave no room.
          assert.match((error as { code: string }).code, /^ERR_GIVEBACK_(NOT_LEASED|BUDGET)$/);
          assert.ok(isEnded);
        } finally {
          for (const event of ['make', 'free']) unsubscribe(`giveback:${event}`, listen);
        }
        assert.ok(idle.length === 0 && memory === 'elastic' ? !isEnded : isEnded);
        assert.equal(buffers.stats().lent.count, 0);
        assertBufferInvariants(buffers);
        const [one, two] = [buffers.get(2 * MiB), buffers.get(2 * MiB)];
        assert.ok(one.buffer !== two.buffer, 'a store each');
      });
