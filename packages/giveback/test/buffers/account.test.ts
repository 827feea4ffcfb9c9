import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { assertBufferInvariants } from '../helpers/buffer-invariants.ts';
import { memories } from '../helpers/memories.ts';

const KiB = 1024;

/** Few sizes, so that hits come in a row, and one that is made to measure. */
const sizes = [0, 1, 60 * KiB, 64 * KiB, 65 * KiB, 200 * KiB, 2048 * KiB];

const step = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...sizes).map((size) => ({ do: 'get', size }) as const) },
  { weight: 5, arbitrary: fc.nat(20).map((which) => ({ do: 'give', which }) as const) },
  { weight: 1, arbitrary: fc.nat(20).map((which) => ({ do: 'discard', which }) as const) },
  { weight: 1, arbitrary: fc.constant({ do: 'trim' } as const) },
);

for (const memory of memories) {
  for (const sampleStacks of [0, 1 / 3, 1])
    test(`${memory}, sampleStacks ${sampleStacks}: what is told by other numbers is what counting would tell`, () => {
      fc.assert(
        fc.property(fc.array(step, { minLength: 30, maxLength: 100 }), (steps) => {
          const buffers = new BufferRecycler({
            memory,
            sampleStacks,
            maxBytes: 4096 * KiB,
            maxIdleBytes: 256 * KiB,
            maxBufferSize: 1024 * KiB,
          });
          const lent: RecycledBuffer[] = [];
          const counted = { gets: 0, requestedBytes: 0, peakLentBytes: 0 };
          for (const each of steps) {
            const [buffer] = 'which' in each ? lent.splice(each.which, 1) : [];
            if (each.do === 'give' && buffer) buffers.give(buffer);
            if (each.do === 'discard' && buffer) buffers.discard(buffer);
            if (each.do === 'trim') buffers.trim();
            if (each.do === 'get') {
              const got = getWithin(buffers, each.size);
              if (got !== undefined) {
                lent.push(got);
                counted.gets++;
                counted.requestedBytes += each.size;
              }
            }
            const stats = buffers.stats();
            counted.peakLentBytes = Math.max(counted.peakLentBytes, stats.lent.bytes);
            assert.deepEqual(
              {
                gets: stats.gets,
                requestedBytes: stats.requestedBytes,
                peakLentBytes: stats.peak.lentBytes,
              },
              counted,
            );
            assert.equal(stats.lent.count, lent.length);
            assertBufferInvariants(buffers);
          }
          buffers.close();
        }),
        { numRuns: 60 },
      );
    });
}

/** Nothing where the budget leaves no room: then nothing may have been counted either. */
function getWithin(buffers: BufferRecycler, size: number): RecycledBuffer | undefined {
  try {
    return buffers.get(size);
  } catch {
    return undefined;
  }
}
