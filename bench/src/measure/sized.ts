import { setTimeout as sleep } from 'node:timers/promises';
import type { Candidate, SyncPool } from '../candidates/candidate.ts';
import { openAnySize } from '../candidates/opening.ts';

/** What the lab's workload `sized` came to with a candidate as its strategy. */
export interface Sized {
  /** Peak resident memory, less that at the start, divided by the peak of what was live. */
  readonly peakRatio: number;
  /** Milliseconds to get a buffer, fill it and put it in place of another. */
  readonly p50: number;
  readonly p99: number;
  /** Backing stores that were seen: as many as were made. */
  readonly makes: number;
}

const REQUESTS = 3000;
const SEED = 1;
/** As in the lab: Node has something to finish at its start. */
const SETTLE = 50;

/** The lab is a command line and exports nothing: its modules are reached by their files. */
const lab = new URL('../../../../packages/lab/dist/src/', import.meta.url);
export const sizedWorkload: URL = new URL('workloads/sized.js', lab);

/** As much of the lab's as is used here. */
interface Workload {
  settings(asked: { readonly requests: number }): object;
  run(trial: {
    readonly strategy: Counted;
    readonly random: unknown;
    replaced(milliseconds: number): void;
    sample(liveBytes: number): void;
  }): Promise<void>;
}

export async function measureSized(candidate: Candidate): Promise<Sized> {
  const workload: Workload = (await import(sizedWorkload.href)).sized;
  const { Random } = await import(new URL('random.js', lab).href);
  const pool = (await openAnySize(candidate)) as SyncPool<Uint8Array>;
  const strategy = new Counted(pool);
  await sleep(SETTLE);
  const before = process.memoryUsage.rss();
  const latencies: number[] = new Array(REQUESTS).fill(0);
  let requests = 0;
  let peakLive = 0;
  await workload.run({
    ...workload.settings({ requests: REQUESTS }),
    strategy,
    random: new Random(SEED),
    replaced: (milliseconds) => {
      latencies[requests++] = milliseconds;
    },
    sample: (liveBytes) => {
      strategy.count();
      peakLive = Math.max(peakLive, liveBytes);
    },
  });
  const peak = process.resourceUsage().maxRSS * 1024 - before;
  latencies.sort((one, two) => one - two);
  const quantile = (part: number) => latencies[Math.floor(REQUESTS * part)] as number;
  return {
    peakRatio: peak / peakLive,
    p50: quantile(0.5),
    p99: quantile(0.99),
    makes: strategy.makes,
  };
}

/** A pool as the lab's strategy. What is new is counted outside of the time that is measured. */
class Counted {
  readonly #pool: SyncPool<Uint8Array>;
  readonly #seen = new WeakSet<ArrayBufferLike>();
  #latest: Uint8Array | undefined;
  makes = 0;

  constructor(pool: SyncPool<Uint8Array>) {
    this.#pool = pool;
  }

  get(size: number): Buffer {
    if (this.#latest !== undefined) this.count();
    this.#latest = this.#pool.get(size);
    return this.#latest as Buffer;
  }

  give(bytes: Buffer): void {
    this.#pool.give(bytes);
  }

  count(): void {
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
