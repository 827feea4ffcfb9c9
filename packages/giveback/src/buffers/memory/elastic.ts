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
  /** The part of the bytes lent that may be spare, in all stores together, before the largest are trimmed. */
  readonly spare: number;
}

/** Found by `npm run tune`, see docs/tuning.md. */
export const ELASTIC_TUNING: ElasticTuning = { threshold: 64 * 1024, spare: 1 / 16 };

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

  stackAbove(size: number): IdleStack<Store> | undefined {
    // One class up: those of the size's own class may be smaller.
    const index = this.#classes.classOf(size) + 1;
    return this.#stacks.find((stack, at) => at >= index && stack.length > 0);
  }

  fit(size: number, { capacity, isElastic }: Store): number {
    return isElastic ? roundToPage(size) : capacity;
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
