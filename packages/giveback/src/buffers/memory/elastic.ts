import { hasRested } from '../../core/scavenger.ts';
import type { Store } from '../store.ts';
import type { FixedMemory } from './fixed.ts';
import type { Memory } from './memory.ts';
import { SizeClasses } from './size-classes.ts';
import { type SizedStack, SizedStacks } from './sized-stacks.ts';

/** What the system commits and takes back at a time. */
const PAGE = 4096;

/**
 * The most elastic stores there may be in a thread. Each costs two of the mappings that the system
 * allows a process (65,530 on Linux unless told otherwise: the committed part and the reserved part),
 * and V8 ends the process when it gets none for its own heap. Past this, stores are fixed.
 */
const MOST_STORES = 8192;

/** How closely an elastic store follows what is asked of it. */
export interface ElasticTuning {
  /** Below this many bytes stores are fixed: an elastic one costs whole pages and two mappings. */
  readonly threshold: number;
  /** How many times the bytes asked for an idle store may hold and fit well. */
  readonly goodFit: number;
  /** How many times they a store that can be trimmed may hold before another is made instead. */
  readonly farthestFit: number;
  /** The part of the bytes lent that may be spare, in all stores together, before the largest are trimmed. */
  readonly spare: number;
  /**
   * How many bytes of a store may lie idle under its holder for each byte that another would have to grow
   * by: those cost memory, these cost page faults, and memory as well.
   */
  readonly worthOfGrowth: number;
}

/** Found by `npm run tune`, see docs/tuning.md. */
export const ELASTIC_TUNING: ElasticTuning = {
  threshold: 64 * 1024,
  goodFit: 1.25,
  farthestFit: 16,
  spare: 1 / 16,
  worthOfGrowth: 4,
};

let stores = 0;
const collected = new FinalizationRegistry<undefined>(() => {
  stores--;
});

type Resizable = ArrayBuffer & { readonly resizable: boolean; resize(length: number): void };

/** The constructor as ES2024 has it. */
const ResizableArrayBuffer = ArrayBuffer as unknown as new (
  length: number,
  options: { maxByteLength: number },
) => Resizable;

/**
 * Resizable array buffers: each reserves address space for `maxBufferSize` bytes (which costs nothing
 * but addresses, of which a process has 128 TiB: so any idle store can serve any size) and commits
 * what it holds, by the page. Idle ones lie on stacks by what they hold now, finely told apart, as
 * they move to another whenever they are resized.
 */
export class ElasticMemory implements Memory {
  readonly trims = true;
  readonly stacks: readonly SizedStack[];
  readonly #maxBufferSize: number;
  readonly #tuning: ElasticTuning;
  readonly #small: FixedMemory;
  readonly #stacks: SizedStacks;

  /** Stores below the threshold are of `small` memory. */
  constructor(maxBufferSize: number, tuning: ElasticTuning, small: FixedMemory) {
    this.#tuning = tuning;
    this.#maxBufferSize = roundToPage(maxBufferSize);
    this.#small = small;
    this.stacks = small.stacks;
    this.#stacks = new SizedStacks(new SizeClasses(PAGE, 8), this.#maxBufferSize, small.stacks);
  }

  capacityFor(size: number): number {
    return this.#isElastic(size) ? roundToPage(size) : this.#small.capacityFor(size);
  }

  likely(size: number): SizedStack | undefined {
    return size < this.#tuning.threshold ? this.#small.likely(size) : this.#stacks.likely(size);
  }

  remember(size: number, stack: SizedStack): void {
    if (size < this.#tuning.threshold) this.#small.remember(size, stack);
    else this.#stacks.remember(size, stack);
  }

  above(size: number): SizedStack | undefined {
    return size < this.#tuning.threshold
      ? (this.#small.above(size) ?? this.#stacks.above(size))
      : (this.#stacks.above(size) ?? this.#small.above(size));
  }

  below(size: number): SizedStack | undefined {
    return size < this.#tuning.threshold ? undefined : this.#stacks.below(size);
  }

  fitsWell(size: number, store: Store): boolean {
    if (!store.isElastic) return this.#small.fitsWell(size, store);
    return store.capacity <= size * this.#tuning.goodFit;
  }

  /** What has rested can be trimmed; but then its bytes are gone for those that will need them again. */
  isTooLarge(size: number, store: Store): boolean {
    const isTrimmable = store.isElastic && size >= this.#tuning.threshold && hasRested(store.tick);
    if (!isTrimmable) return this.#small.isTooLarge(size, store);
    return store.capacity > size * this.#tuning.farthestFit;
  }

  fit(size: number, { capacity, isElastic }: Store): number {
    return isElastic ? roundToPage(size) : capacity;
  }

  resize(bytes: ArrayBuffer, capacity: number): void {
    (bytes as Resizable).resize(capacity);
  }

  make(size: number, room: number): ArrayBuffer {
    if (!this.#isElastic(size)) return this.#small.make(size, room);
    const bytes = new ResizableArrayBuffer(roundToPage(size), {
      maxByteLength: this.#maxBufferSize,
    });
    collected.register(bytes, undefined);
    stores++;
    return bytes;
  }

  /** Not by its size alone: a fixed store may be as large as an elastic one, but serves no more. */
  stackOf(store: Store): SizedStack {
    return store.isElastic ? this.#stacks.of(store.capacity) : this.#small.stackOf(store);
  }

  #isElastic(size: number): boolean {
    return size >= this.#tuning.threshold && stores < MOST_STORES;
  }
}

function roundToPage(size: number): number {
  return Math.ceil(size / PAGE) * PAGE;
}
