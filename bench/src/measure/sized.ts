import { setTimeout as sleep } from 'node:timers/promises';
import { Latencies, openResidentSet, Random } from 'giveback-lab/measure';
import type { Strategy } from 'giveback-lab/strategies/strategy';
import { sized } from 'giveback-lab/workloads/sized';
import type { Candidate, SyncPool } from '../candidates/candidate.ts';
import { openAnySize } from '../candidates/opening.ts';

/** Results of the lab's workload `sized` with a candidate as its strategy. */
export interface Sized {
  /** Peak resident memory, minus that at the start, divided by peak live bytes. */
  readonly peakRatio: number;
  /** Milliseconds to get a buffer, fill it and put it in place of another. */
  readonly p50: number;
  readonly p99: number;
  /** How many different backing stores were lent. */
  readonly makes: number;
}

const REQUESTS = 3000;
const SEED = 1;
/** Milliseconds for Node to finish its start-up work, as in the lab. */
const SETTLE = 50;

export async function measureSized(candidate: Candidate): Promise<Sized> {
  const pool = (await openAnySize(candidate)) as SyncPool<Uint8Array>;
  const strategy = new PoolStrategy(pool);
  await sleep(SETTLE);
  const latencies = new Latencies(REQUESTS);
  const resident = openResidentSet();
  const before = resident.now;
  let peakLive = 0;
  await sized.run({
    ...sized.settings({ requests: REQUESTS }),
    strategy,
    random: new Random(SEED),
    seed: SEED,
    recordLatency: (ms) => latencies.record(ms),
    sample: (liveBytes) => {
      strategy.countMade();
      peakLive = Math.max(peakLive, liveBytes);
    },
  });
  resident.read();
  const { p50, p99 } = latencies.quantiles();
  return { peakRatio: (resident.peak - before) / peakLive, p50, p99, makes: strategy.makes };
}

/** A pool as a strategy of the lab. Counts new stores between the times that are measured. */
class PoolStrategy implements Strategy {
  readonly #pool: SyncPool<Uint8Array>;
  readonly #seen = new WeakSet<ArrayBufferLike>();
  #latest: Uint8Array | undefined;
  makes = 0;

  constructor(pool: SyncPool<Uint8Array>) {
    this.#pool = pool;
  }

  get(size: number): Buffer {
    if (this.#latest !== undefined) this.countMade();
    this.#latest = this.#pool.get(size);
    return this.#latest as Buffer;
  }

  give(bytes: Buffer): void {
    this.#pool.give(bytes);
  }

  countMade(): void {
    const store = this.#latest?.buffer;
    this.#latest = undefined;
    if (store === undefined || this.#seen.has(store)) return;
    this.#seen.add(store);
    this.makes++;
  }

  counts(): { makes: number; frees: number } {
    return { makes: this.makes, frees: 0 };
  }

  close(): void {}
}
