import type { Estimate } from './profile-format.ts';

/** A sample, of whatever thread: one allocation that stands for `weight`. */
export interface Weighed {
  readonly bytes: number;
  readonly weight: number;
}

/**
 * Adds up samples. An allocation is sampled with probability 1/weight, so the sum of bytes × weight estimates what was
 * allocated, and the sum of weight × (weight − 1) × bytes² the square of its standard error.
 */
export class Tally {
  bytes = 0;
  allocations = 0;
  samples = 0;
  #variance = 0;

  add({ bytes, weight }: Weighed): void {
    this.bytes += bytes * weight;
    this.allocations += weight;
    this.samples += 1;
    this.#variance += weight * (weight - 1) * bytes * bytes;
  }

  addTally(other: Tally, sign: 1 | -1 = 1): void {
    this.bytes += sign * other.bytes;
    this.allocations += sign * other.allocations;
    this.samples += sign * other.samples;
    this.#variance += sign * other.#variance;
  }

  /** In bytes. */
  standardError(): number {
    return Math.sqrt(Math.max(this.#variance, 0));
  }

  estimate(): Estimate {
    const error = this.bytes > 0 ? this.standardError() / this.bytes : 0;
    return {
      bytes: Math.max(Math.round(this.bytes), 0),
      samples: this.samples,
      error: rounded(error),
    };
  }
}

export function tallyOf(samples: Iterable<Weighed>): Tally {
  const tally = new Tally();
  for (const sample of samples) tally.add(sample);
  return tally;
}

/** To four decimals, as nobody believes more. */
export function rounded(share: number): number {
  return Math.round(share * 10_000) / 10_000;
}
