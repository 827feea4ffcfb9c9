/** Half of the operations took at most `p50` milliseconds, 99 of 100 at most `p99`, and all at most `max`. */
export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** How long each operation took. Recording one allocates nothing. */
export class Latencies {
  readonly #ms: Float64Array;
  #count = 0;

  /** `most` is how many operations there are at most. */
  constructor(most: number) {
    // Filled, so that the system provides its pages now and not while memory is measured.
    this.#ms = new Float64Array(most).fill(0);
  }

  record(ms: number): void {
    this.#ms[this.#count++] = ms;
  }

  quantiles(): Quantiles {
    const sorted = this.#ms.slice(0, this.#count).sort();
    const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
    return { p50: at(0.5), p99: at(0.99), max: at(1) };
  }
}
