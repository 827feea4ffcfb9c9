import type { Shelf } from '../../core/idle-stack.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import type { Shelves } from '../idle-stacks.ts';
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
  readonly #classes: SizeClasses;
  readonly #shelves: readonly Shelf<RecycledBuffer>[];
  readonly #tuning: FixedTuning;

  constructor(shelves: Shelves, maxBufferSize: number, tuning: FixedTuning = FIXED_TUNING) {
    this.#classes = new SizeClasses(LEAST, tuning.steps);
    this.#shelves = shelves.add(this.#classes.classOf(maxBufferSize) + tuning.headroom + 1);
    this.#tuning = tuning;
  }

  capacityFor(size: number): number {
    return this.#classes.sizeOf(this.#classes.classOf(size));
  }

  shelfOf(size: number): Shelf<RecycledBuffer> {
    const shelves = this.#shelves;
    const index = this.#classes.classOf(size);
    const last = Math.min(index + this.#tuning.reach, shelves.length - 1);
    for (let up = index; up <= last; up++) {
      const shelf = shelves[up] as Shelf<RecycledBuffer>;
      if (shelf.length > 0) return shelf;
    }
    return shelves[index] as Shelf<RecycledBuffer>;
  }

  fit(_size: number, capacity: number): number {
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

  shelfFor(bytes: ArrayBuffer): Shelf<RecycledBuffer> {
    return this.#shelves[this.#classes.classOf(bytes.byteLength)] as Shelf<RecycledBuffer>;
  }
}
