import { now } from './captured.cts';
import type { OwnTime } from './own-time.cts';
import { randomNumbers } from './random.cts';

/** Of the time, at most this share is for samples. */
const OWN_SHARE = 0.02;
/** After so many samples it is known how fast they come. */
const WINDOW = 16;

/**
 * How many bytes lie between two samples: exponentially distributed, so that each byte is as likely to be
 * sampled as any other. The mean grows while samples come too fast or take too long, and shrinks
 * again, to the interval that was asked for. As the distribution has no memory, it may change at any time.
 */
export class Pace {
  readonly #least: number;
  readonly #rate: number;
  readonly #ownTime: OwnTime;
  readonly #random: () => number = randomNumbers();
  #mean: number;
  #samples = 0;
  #since: number = now();
  #ownSince: number;

  constructor(interval: number, rate: number, ownTime: OwnTime) {
    this.#least = interval;
    this.#mean = interval;
    this.#rate = rate;
    this.#ownTime = ownTime;
    this.#ownSince = ownTime.ms;
  }

  get mean(): number {
    return this.#mean;
  }

  /** Bytes until the next sample. */
  draw(): number {
    return this.#least <= 1 ? 0 : -Math.log(this.#random()) * this.#mean;
  }

  /** How many allocations of this size one that was sampled stands for. */
  weightOf(bytes: number): number {
    return this.#least <= 1 ? 1 : 1 / -Math.expm1(-bytes / this.#mean);
  }

  /** To be told of every sample, before the next distance is drawn. */
  sampled(): void {
    if (++this.#samples >= WINDOW) this.adapt();
  }

  adapt(): void {
    const time = now();
    const elapsed = Math.max(time - this.#since, 0.001);
    const rate = (this.#samples * 1_000) / elapsed / this.#rate;
    const own = (this.#ownTime.ms - this.#ownSince) / elapsed / OWN_SHARE;
    const change = Math.min(Math.max(rate, own, 0.5), 4);
    this.#mean = Math.max(this.#least, this.#mean * change);
    this.#samples = 0;
    this.#since = time;
    this.#ownSince = this.#ownTime.ms;
  }
}
