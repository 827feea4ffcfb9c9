import type { IdleStack } from '../../core/idle-stack.ts';
import type { IdleStacks } from '../idle-stacks.ts';
import type { Store } from '../store.ts';
import type { Memory } from './memory.ts';
import { SizeClasses } from './size-classes.ts';

/** The smallest store: below this, what surrounds the bytes weighs more than they do. */
const LEAST = 64;

/** From here up the system backs memory by the page: what nobody touches of a store is never resident. */
const PAGED = 128 * 1024;

/** How finely sizes are told apart, and how far a store may be from what is asked of it. */
export interface FixedTuning {
  /** Classes in a doubling; a power of two. */
  readonly steps: number;
  /** How many classes above the least that holds a request an idle store may be taken from. */
  readonly reach: number;
  /** How many classes above the least a large store is made where there is room: it serves more sizes. */
  readonly headroom: number;
}

/** Found by `npm run tune`, see docs/tuning.md: finer classes hold more, each its own peak. */
export const FIXED_TUNING: FixedTuning = { steps: 4, reach: 8, headroom: 1 };

/** Ordinary array buffers in size classes. */
export class FixedMemory implements Memory {
  readonly trims = false;
  readonly #classes: SizeClasses;
  readonly #stacks: readonly IdleStack<Store>[];
  readonly #tuning: FixedTuning;

  constructor(stacks: IdleStacks, maxBufferSize: number, tuning: FixedTuning = FIXED_TUNING) {
    this.#classes = new SizeClasses(LEAST, tuning.steps);
    this.#stacks = stacks.add(this.#classes.classOf(maxBufferSize) + tuning.headroom + 1);
    this.#tuning = tuning;
  }

  capacityFor(size: number): number {
    return this.#classes.sizeOf(this.#classes.classOf(size));
  }

  stackFor(size: number): IdleStack<Store> {
    const stacks = this.#stacks;
    const index = this.#classes.classOf(size);
    const last = Math.min(index + this.#tuning.reach, stacks.length - 1);
    for (let up = index; up <= last; up++) {
      const stack = stacks[up] as IdleStack<Store>;
      if (stack.length > 0) return stack;
    }
    return stacks[index] as IdleStack<Store>;
  }

  stackAbove(size: number): IdleStack<Store> | undefined {
    const index = this.#classes.classOf(size);
    return this.#stacks.find((stack, at) => at >= index && stack.length > 0);
  }

  fit(_size: number, { capacity }: Store): number {
    return capacity;
  }

  resize(): void {
    throw new TypeError('A fixed store is never resized: `fit` says what it holds.');
  }

  make(size: number, room: number): ArrayBuffer {
    const least = this.#classes.classOf(size);
    const roomy = this.#classes.sizeOf(least + this.#tuning.headroom);
    return new ArrayBuffer(size >= PAGED && roomy <= room ? roomy : this.#classes.sizeOf(least));
  }

  stackOf({ capacity }: Store): IdleStack<Store> {
    return this.#stacks[this.#classes.classOf(capacity)] as IdleStack<Store>;
  }
}
