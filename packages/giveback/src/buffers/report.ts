import type { Counters } from '../core/recyclers.ts';
import { type BufferRecyclerStats, flatten } from '../core/stats.ts';
import { identified, type LeaseReport } from '../leasing/lease-report.ts';
import type { WaitCounts } from '../leasing/wait-queue.ts';
import type { Accounting } from './accounting.ts';
import type { BudgetWaits } from './budget-waits.ts';
import type { Store } from './store.ts';
import type { StorePool } from './store-pool.ts';

/** A frozen snapshot of what a recycler holds and has done: see `BufferRecycler.stats`. */
export function statsOf(name: string, pool: StorePool, waits: BudgetWaits): BufferRecyclerStats {
  const { accounting, stores, releasing, maxIdleBytes } = pool;
  const { maxBytes, gets, gives, makes, discards, leaks, lentCount } = accounting;
  const { lentBytes, idleBytes, peakLentBytes, peakHeldBytes } = accounting;
  const { waiting, counts } = waits;
  return Object.freeze({
    name,
    maxBytes,
    maxIdleBytes,
    lent: Object.freeze({ count: lentCount, bytes: lentBytes }),
    idle: Object.freeze({ count: stores.size - lentCount, bytes: idleBytes }),
    releasingBytes: releasing.bytes,
    spareBytes: accounting.spareBytes,
    peak: Object.freeze({ lentBytes: peakLentBytes, heldBytes: peakHeldBytes }),
    gets,
    reuses: gets - makes,
    makes,
    gives,
    frees: Object.freeze({ ...accounting.frees }),
    discards,
    leaks,
    waiting,
    ...counts,
    requestedBytes: accounting.requestedBytes,
  });
}

/**
 * What tells how much a recycler has counted. It refers to neither the recycler nor any store, so that it can
 * outlive both.
 */
export function countersOf(accounting: Accounting, waits: WaitCounts): () => Counters {
  return () => {
    const { gets, gives, makes, frees, discards, leaks, requestedBytes } = accounting;
    const reuses = gets - makes;
    const counts = { gets, reuses, makes, gives, frees, discards, leaks, requestedBytes };
    return flatten({ ...counts, ...waits });
  };
}

/** How many ms ago the oldest lease began of those whose get was sampled; undefined if there is none. */
export function oldestMsOf(stores: Iterable<Store>): number | undefined {
  const now = performance.now();
  let at = now;
  for (const store of stores) if (!store.isIdle) at = Math.min(at, store.currentSample?.at ?? now);
  return at === now ? undefined : now - at;
}

/** A report for each lease, the longest held first: see `BufferRecycler.leases`. */
export function leasesOf(stores: Iterable<Store>): LeaseReport[] {
  const now = performance.now();
  return [...stores]
    .filter((store) => !store.isIdle)
    .sort((a, b) => a.since - b.since)
    .map((store) => {
      const { size, currentSample: sample, since } = store;
      return identified(
        sample === undefined ? { size } : { size, stack: sample.stack, heldMs: now - sample.at },
        since,
      );
    });
}
