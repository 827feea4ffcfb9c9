import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { assertBufferInvariants } from '../helpers/buffer-invariants.ts';
import { memories } from '../helpers/memories.ts';
import { isSoak } from '../helpers/soak.ts';

// Random traffic with budgets, waits, aborts and leaks, for two seconds; with `GIVEBACK_SOAK=1` for a minute, and then
// resident memory must stay flat.
const seconds = isSoak ? 60 : 2;
const MiB = 1024 * 1024;
const maxBytes = 24 * MiB;
const maxIdleBytes = 12 * MiB;

/** Megabytes a minute by which the samples rise, as the least squares have it. */
function slope(samples: readonly { at: number; rss: number }[]): number {
  const mean = (of: (sample: { at: number; rss: number }) => number) =>
    samples.reduce((sum, each) => sum + of(each), 0) / samples.length;
  const [at, rss] = [mean((each) => each.at), mean((each) => each.rss)];
  const covariance = mean((each) => (each.at - at) * (each.rss - rss));
  return ((covariance / mean((each) => (each.at - at) ** 2)) * 60_000) / MiB;
}

for (const memory of memories) {
  test(`${memory}: ${seconds} s of random traffic`, async (t) => {
    const buffers = new BufferRecycler({ memory, maxBytes, maxIdleBytes, idleTimeout: 500 });
    const end = performance.now() + seconds * 1000;
    const samples: { at: number; rss: number }[] = [];
    let served = 0;
    let gaveUp = 0;
    // A slow machine takes longer for as much.
    const isOver = (): boolean => performance.now() >= end && served > 100;

    const user = async (): Promise<void> => {
      while (!isOver()) {
        const size = Math.floor(2 ** (6 + Math.random() * 17));
        const signal = Math.random() < 0.1 ? AbortSignal.timeout(2) : undefined;
        let buffer: RecycledBuffer;
        try {
          buffer = await buffers.acquire(size, { signal, timeout: 5000 });
        } catch {
          gaveUp++;
          continue;
        }
        buffer.fill(size);
        await sleep(Math.random() * 3);
        assert.ok(buffer.equals(Buffer.alloc(size, size)), 'nobody else wrote here');
        served++;
        const fate = Math.random();
        if (fate < 0.001) continue; // leaked
        if (fate < 0.01) buffers.discard(buffer);
        else buffers.give(buffer);
      }
    };
    const watcher = async (): Promise<void> => {
      while (!isOver()) {
        assertBufferInvariants(buffers, { maxBytes, maxIdleBytes });
        samples.push({ at: performance.now(), rss: process.memoryUsage.rss() });
        await sleep(50);
      }
    };
    await Promise.all([watcher(), ...Array.from({ length: 24 }, user)]);

    assertBufferInvariants(buffers, { maxBytes, maxIdleBytes });
    const rise = slope(samples.slice(samples.length / 2));
    const { leaks, makes } = buffers.stats();
    t.diagnostic(
      `${served} served, ${gaveUp} gave up, ${leaks} leaks, ${makes} makes, ${rise.toFixed(1)} MiB a minute`,
    );
    if (isSoak) assert.ok(Math.abs(rise) < 20, `resident memory rises by ${rise} MiB a minute`);
  });
}
