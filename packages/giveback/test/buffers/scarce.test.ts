import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { assertBufferInvariants } from '../helpers/buffer-invariants.ts';
import { until } from '../helpers/until.ts';
import { stayAlive } from '../io/helpers/alive.ts';

stayAlive();

const KiB = 1024;
const MAX = 1024 * KiB;
/** Longer than a store rests, and is trimmed or released after it, on the slowest machine. */
const SOON = 30_000;

/** From 64 KiB on elastic memory holds what is asked for, to the page. */
function held(buffers: readonly RecycledBuffer[]): number {
  return buffers.reduce((sum, { length }) => sum + Math.ceil(length / 4096) * 4096, 0);
}

describe('what is spare of lent buffers', () => {
  test('goes to whoever waits, whatever the allowance', async () => {
    const buffers = new BufferRecycler({ memory: 'elastic', maxBytes: MAX });
    const large = buffers.get(1000 * KiB);
    await sleep(300);
    buffers.give(large);
    const kept = [];
    for (let count = 0; count < 14; count++) {
      buffers.give(await buffers.acquire(64 * KiB, { timeout: SOON }));
      kept.push(buffers.get(64 * KiB));
    }
    assertBufferInvariants(buffers);
    for (const each of kept) buffers.give(each);
  });

  test('is there for whoever was refused, and asks again', async () => {
    const buffers = new BufferRecycler({ memory: 'elastic', maxBytes: MAX });
    buffers.give(buffers.get(1000 * KiB));
    const small = buffers.get(64 * KiB);
    assert.throws(() => buffers.get(128 * KiB), { code: 'ERR_GIVEBACK_BUDGET' });
    await until(() => buffers.stats().spareBytes < 800 * KiB);
    buffers.give(buffers.get(128 * KiB));
    buffers.give(small);
    assertBufferInvariants(buffers);
  });

  test('is no obstacle: what fits beside all that was asked for is served soon', async () => {
    const size = fc.integer({ min: 64, max: 1000 });
    const step = fc.record({ size, gives: fc.boolean(), pause: fc.constantFrom(0, 0, 0, 150) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), size, async (steps, last) => {
        const buffers = new BufferRecycler({ memory: 'elastic', maxBytes: MAX });
        const lent: RecycledBuffer[] = [];
        for (const { size, gives, pause } of steps) {
          if (gives && lent.length > 0) buffers.give(lent.shift() as RecycledBuffer);
          if (held(lent) + size * KiB <= MAX)
            lent.push(await buffers.acquire(size * KiB, { timeout: SOON }));
          if (pause > 0) await sleep(pause);
        }
        while (held(lent) + last * KiB > MAX) buffers.give(lent.shift() as RecycledBuffer);
        lent.push(await buffers.acquire(last * KiB, { timeout: SOON }));
        assertBufferInvariants(buffers);
        for (const each of lent) buffers.give(each);
        buffers.close();
      }),
      { numRuns: 25 },
    );
  });
});
