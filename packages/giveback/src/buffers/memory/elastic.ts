import type { IdleStack } from '../../core/idle-stack.ts';
import type { IdleStacks } from '../idle-stacks.ts';
import type { Store } from '../store.ts';
import { FixedMemory } from './fixed.ts';
import type { Memory } from './memory.ts';
import { SizeClasses } from './size-classes.ts';

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
  /** How many times the size asked for an idle store may hold and stay as it is. */
  readonly slack: number;
}

/** Found by `npm run tune`, see docs/tuning.md. */
export const ELASTIC_TUNING: ElasticTuning = { threshold: 64 * 1024, slack: 1.0625 };

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
  readonly #maxBufferSize: number;
  readonly #tuning: ElasticTuning;
  readonly #fixed: FixedMemory;
  readonly #classes: SizeClasses;
  readonly #stacks: readonly IdleStack<Store>[];

  constructor(stacks: IdleStacks, maxBufferSize: number, tuning: ElasticTuning = ELASTIC_TUNING) {
    this.#maxBufferSize = roundToPage(maxBufferSize);
    this.#tuning = tuning;
    this.#fixed = new FixedMemory(stacks, maxBufferSize);
    this.#classes = new SizeClasses(PAGE, 8);
    this.#stacks = stacks.add(this.#classes.classOf(this.#maxBufferSize) + 1);
  }

  capacityFor(size: number): number {
    return this.#isElastic(size) ? roundToPage(size) : this.#fixed.capacityFor(size);
  }

  /** The store that needs the least resizing, looked for in both directions at once. */
  stackFor(size: number): IdleStack<Store> {
    if (size < this.#tuning.threshold) return this.#fixed.stackFor(size);
    const stacks = this.#stacks;
    const index = this.#classes.classOf(size);
    for (let away = 0; away < stacks.length; away++) {
      const larger = stacks[index + away];
      if (larger !== undefined && larger.length > 0) return larger;
      const smaller = stacks[index - away];
      if (smaller !== undefined && smaller.length > 0) return smaller;
    }
    return this.#fixed.stackFor(size);
  }

  fit(size: number, store: Store): number {
    const { capacity, least, isElastic } = store;
    if (!isElastic) return capacity;
    return size <= capacity && size >= least ? capacity : roundToPage(size);
  }

  leastFor({ capacity, isElastic }: Store): number {
    return isElastic ? Math.ceil(capacity / this.#tuning.slack) : 0;
  }

  resize(bytes: ArrayBuffer, capacity: number): void {
    (bytes as Resizable).resize(capacity);
  }

  make(size: number, room: number): ArrayBuffer {
    if (!this.#isElastic(size)) return this.#fixed.make(size, room);
    const bytes = new ResizableArrayBuffer(roundToPage(size), {
      maxByteLength: this.#maxBufferSize,
    });
    collected.register(bytes, undefined);
    stores++;
    return bytes;
  }

  /** Not by its size alone: a fixed store may be as large as an elastic one, but serves no more. */
  stackOf(store: Store): IdleStack<Store> {
    if (!store.isElastic) return this.#fixed.stackOf(store);
    return this.#stacks[this.#classes.classOf(store.capacity)] as IdleStack<Store>;
  }

  #isElastic(size: number): boolean {
    return size >= this.#tuning.threshold && stores < MOST_STORES;
  }
}

function roundToPage(size: number): number {
  return Math.ceil(size / PAGE) * PAGE;
}
