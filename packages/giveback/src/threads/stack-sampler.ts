import { traceAbove } from '../core/platform.ts';
import type { LeaseSample } from './blocks/block-lease.ts';

/** Stacks a period at most, so that a busy program hardly pays for them. */
const MOST_STACKS = 1000;
const PERIOD_MS = 12_000;
/** A small integer, since V8 counts those down without allocating. */
const NEVER = 2 ** 30 - 1;

/** Remembers of some gets, chosen at random, where and when they were. A get pays one comparison. */
export class StackSampler {
  readonly #interval: number;
  readonly #mostStacks: number;
  #stacksLeft: number;
  #periodEnds = 0;

  /** `fraction` of the gets are sampled; all of them for 1, and then without bound. */
  constructor(fraction: number) {
    this.#interval = 1 / fraction;
    this.#mostStacks = fraction === 1 ? Infinity : MOST_STACKS;
    this.#stacksLeft = this.#mostStacks;
  }

  /**
   * How many gets there are to the next one that is sampled: at random, so that a program's own rhythm
   * hides no call site.
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
