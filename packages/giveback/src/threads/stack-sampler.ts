import { traceAbove } from '../core/platform.ts';
import type { LeaseSample } from './blocks/block-lease.ts';

/** The most stacks in a period, so that a busy program hardly pays for them. */
const MOST_STACKS = 1000;
const PERIOD_MS = 12_000;
/** The largest count that is a small integer, which V8 counts down without allocating. */
const NEVER = 2 ** 30 - 1;

/** Records where and when some gets, chosen at random, were made. A get pays one comparison. */
export class StackSampler {
  readonly #interval: number;
  readonly #mostStacks: number;
  #stacksLeft: number;
  #periodEnds = 0;

  /** Samples that fraction of the gets; for 1 all of them, without a limit. */
  constructor(fraction: number) {
    this.#interval = 1 / fraction;
    this.#mostStacks = fraction === 1 ? Infinity : MOST_STACKS;
    this.#stacksLeft = this.#mostStacks;
  }

  /**
   * How many gets to count until the next sample: a random number, so that a program's own rhythm hides no
   * call site.
   */
  next(): number {
    const drawn = 1 + Math.floor(Math.random() * (2 * this.#interval - 1));
    return Math.min(drawn, NEVER);
  }

  /** `above` is the function to leave out of the stack. */
  sample(above: (...args: never[]) => unknown): LeaseSample | undefined {
    const at = performance.now();
    if (at >= this.#periodEnds) {
      this.#periodEnds = at + PERIOD_MS;
      this.#stacksLeft = this.#mostStacks;
    }
    if (this.#stacksLeft === 0) return undefined;
    this.#stacksLeft--;
    return { at, stack: traceAbove(above) };
  }
}
