import { OTHERS } from '../core/recyclers.ts';
import { WAIT_TIME } from './families.ts';
import { type Observed, sendable } from './observed.ts';

const { buckets, prometheus: metric } = WAIT_TIME;

/** The most names that are told apart: see `OTHERS`. */
const MOST_NAMES = 2000;

/** One number of a metric. */
export interface Value {
  /** Whose it is; undefined for the process. */
  readonly recycler: string | undefined;
  readonly value: number;
  /** All but that of the recycler. */
  readonly labels: Readonly<Record<string, string | number>>;
  /** With the suffix that a part of a histogram has. */
  readonly metricName?: string;
}

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
  values(): Value[] {
    return Array.from(this.#byName, ([name, { counts, sum, count }]) => {
      let below = 0;
      const bounds = [...buckets, '+Inf'].map((le, index) => {
        below += counts[index] as number;
        return { recycler: name, value: below, labels: { le }, metricName: `${metric}_bucket` };
      });
      return [
        ...bounds,
        { recycler: name, value: sum, labels: {}, metricName: `${metric}_sum` },
        { recycler: name, value: count, labels: {}, metricName: `${metric}_count` },
      ];
    }).flat();
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
