import { hasRested } from '../../core/scavenger.ts';
import type { Store } from '../store.ts';
import type { FixedMemory } from './fixed.ts';
import type { Memory } from './memory.ts';
import { SizeClasses } from './size-classes.ts';
import { type SizedStack, SizedStacks } from './sized-stacks.ts';

/** The unit in which the system commits memory and takes it back. */
const PAGE = 4096;

/**
 * The most elastic stores in a thread; further ones are fixed. Each takes two memory mappings, for its
 * committed and its reserved part. Linux allows a process 65,530 by default, and V8 ends the process when
 * it gets none for its own heap.
 */
const MOST_STORES = 8192;

/** How closely an elastic store follows what is asked of it. */
export interface ElasticTuning {
  /** Below this many bytes stores are fixed, because an elastic one takes whole pages and two mappings. */
  readonly threshold: number;
  /** An idle store fits well if it holds at most this many times the bytes asked for. */
  readonly goodFit: number;
  /** A store that can be trimmed is too large if it holds more than this many times the bytes asked for. */
  readonly farthestFit: number;
  /** The fraction of the lent bytes that may be spare, in all stores, before the largest are trimmed. */
  readonly spare: number;
  /**
   * How many spare bytes a larger store may have for each byte by which a smaller one would have to grow.
   * Spare bytes cost memory; growing costs memory and page faults.
   */
  readonly worthOfGrowth: number;
}

/** Found by `npm run evidence -- tuning`, see docs/tuning.md. */
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
 * Resizable array buffers. Each reserves address space for `maxBufferSize` bytes, so that any idle store
 * can serve any size, and commits only the pages that it holds. Reserving costs only addresses, of which a
 * process has 128 TiB. Idle stores are kept in narrow size classes by what they hold at present, and change
 * their class when they are resized.
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

  /** A fixed store may be as large as an elastic one, but cannot grow: so it has a stack of its own. */
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
