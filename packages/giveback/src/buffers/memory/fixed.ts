import type { Store } from '../store.ts';
import type { Memory } from './memory.ts';
import { SizeClasses } from './size-classes.ts';
import { type SizedStack, SizedStacks } from './sized-stacks.ts';

/** Bytes of the smallest store. Smaller ones would take up less than the objects around them. */
const LEAST = 64;

/**
 * From this size on the system commits memory by the page: what is never touched of a store is never
 * resident.
 */
const PAGED = 128 * 1024;

/** How narrow size classes are, and how much larger than the request a store may be. */
export interface FixedTuning {
  /** Classes in each doubling of the size; a power of two. */
  readonly steps: number;
  /** A store fits well if it holds at most this many times the bytes asked for. */
  readonly goodFit: number;
  /** A store is too large if it holds more than this many times the bytes asked for. */
  readonly farthestFit: number;
  /**
   * How many classes larger than needed a large store is made if there is room, so that it serves more
   * sizes.
   */
  readonly headroom: number;
}

/** Found by `npm run evidence -- tuning`, see docs/tuning.md. Narrower classes hold more in total, each its own peak. */
export const FIXED_TUNING: FixedTuning = { steps: 4, goodFit: 1.5, farthestFit: 4, headroom: 1 };

/** Ordinary array buffers in size classes. */
export class FixedMemory implements Memory {
  readonly trims = false;
  readonly stacks: SizedStack[] = [];
  readonly #tuning: FixedTuning;
  readonly #classes: SizeClasses;
  readonly #stacks: SizedStacks;

  constructor(maxBufferSize: number, tuning: FixedTuning) {
    this.#tuning = tuning;
    const classes = new SizeClasses(LEAST, tuning.steps);
    this.#classes = classes;
    const largest = classes.classOf(maxBufferSize) + tuning.headroom;
    this.#stacks = new SizedStacks(classes, classes.sizeOf(largest), this.stacks);
  }

  capacityFor(size: number): number {
    return this.#classes.sizeOf(this.#classes.classOf(size));
  }

  likely(size: number): SizedStack | undefined {
    return this.#stacks.likely(size);
  }

  remember(size: number, stack: SizedStack): void {
    this.#stacks.remember(size, stack);
  }

  above(size: number): SizedStack | undefined {
    return this.#stacks.above(size);
  }

  below(): undefined {
    return undefined;
  }

  fitsWell(size: number, { capacity }: Store): boolean {
    // There is nothing smaller than the smallest.
    return capacity <= size * this.#tuning.goodFit + LEAST;
  }

  isTooLarge(size: number, { capacity }: Store): boolean {
    return capacity > size * this.#tuning.farthestFit + LEAST;
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

  stackOf({ capacity }: Store): SizedStack {
    return this.#stacks.of(capacity);
  }
}
