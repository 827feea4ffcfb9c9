import { OTHERS } from '../core/recyclers.ts';
import type { Add } from './collected-metric.ts';
import { WAIT_TIME } from './families.ts';
import { type LabelSet, NO_LABELS } from './labels.ts';
import { type Observed, sendable } from './observed.ts';

const { buckets, prometheus: metric } = WAIT_TIME;

/** The most names that are told apart: see `OTHERS`. */
const MOST_NAMES = 2000;

/** The labels of the buckets, and the names of the parts. */
const bounds: readonly LabelSet[] = [...buckets, '+Inf'].map((le) => ({ le }));
const [bucket, total, count] = [`${metric}_bucket`, `${metric}_sum`, `${metric}_count`];

interface Times {
  /** How many lie in each bucket, and above the last. */
  readonly counts: number[];
  sum: number;
  count: number;
}

/** How long acquires waited, by recycler. */
export class WaitHistogram {
  readonly #observed: Observed;
  readonly #byName = new Map<string, Times>();

  constructor(observed: Observed) {
    this.#observed = observed;
  }

  add(name: string, seconds: number): void {
    if (!this.#observed.includes(name)) return;
    const times = this.#timesOf(sendable(name));
    const index = buckets.findIndex((bound) => seconds <= bound);
    const at = index < 0 ? buckets.length : index;
    times.counts[at] = (times.counts[at] as number) + 1;
    times.sum += seconds;
    times.count++;
  }

  /** As prom-client writes a histogram. */
  addAll(add: Add): void {
    for (const [name, times] of this.#byName) {
      let below = 0;
      for (const [index, bound] of bounds.entries()) {
        below += times.counts[index] as number;
        add(name, below, bound, bucket);
      }
      add(name, times.sum, NO_LABELS, total);
      add(name, times.count, NO_LABELS, count);
    }
  }

  clear(): void {
    this.#byName.clear();
  }

  #timesOf(name: string): Times {
    const key = this.#byName.size < MOST_NAMES || this.#byName.has(name) ? name : OTHERS;
    let times = this.#byName.get(key);
    if (times === undefined) {
      times = { counts: new Array(buckets.length + 1).fill(0), sum: 0, count: 0 };
      this.#byName.set(key, times);
    }
    return times;
  }
}
