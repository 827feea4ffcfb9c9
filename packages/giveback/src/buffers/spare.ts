import { hasRested, ticks } from '../core/scavenger.ts';
import type { Accounting } from './accounting.ts';
import type { Memory } from './memory/memory.ts';
import type { Store } from './store.ts';

/** Bytes that are never worth trimming, or making another store for. */
const LEAST_ALLOWANCE = 4 * 1024 * 1024;

/** Ticks for which nothing may be spare after somebody was refused: what was given just before has rested by then. */
const SCARCE_FOR = 4;

/**
 * The spare bytes of all elastic stores together, which have one allowance. A get leaves spare what it
 * finds, as resizing costs a page fault for every page that is needed again; when more is spare than is
 * allowed, the largest are trimmed, some time later and under their holders, whose views end before them.
 *
 * What was cut off, or given, a moment ago is never taken: native code may be at work there still. While somebody
 * waits for room in the budget, or was refused a moment ago, nothing may be spare.
 */
export class Spare {
  readonly #accounting: Accounting;
  readonly #memory: Memory;
  /** The part of the lent bytes that may be spare. */
  readonly #share: number;
  /** The stores that can be trimmed. */
  readonly #stores = new Set<Store>();
  /** Those to be trimmed, the largest spare last. */
  #queue: { readonly store: Store; readonly spare: number }[] = [];
  /** Whether somebody waits for room. */
  readonly #isAwaited: () => boolean;
  #scarceUntil = 0;

  constructor(accounting: Accounting, memory: Memory, share: number, isAwaited: () => boolean) {
    this.#accounting = accounting;
    this.#memory = memory;
    this.#share = share;
    this.#isAwaited = isAwaited;
  }

  add(store: Store): void {
    if (store.isElastic) this.#stores.add(store);
  }

  delete(store: Store): void {
    this.#stores.delete(store);
  }

  /** How many bytes may be spare, and how many idle before no store is made but for want of one. */
  get allowance(): number {
    if (ticks.now < this.#scarceUntil || this.#isAwaited()) return 0;
    return Math.max(LEAST_ALLOWANCE, this.#accounting.lentBytes * this.#share);
  }

  /** Whether so much more may be spare. */
  allows(bytes: number): boolean {
    return this.#accounting.spareBytes + bytes <= this.allowance;
  }

  /** Somebody was refused, as the budget had no room. */
  noticeRefusal(): void {
    this.#scarceUntil = ticks.now + SCARCE_FOR;
  }

  /** Whether there may be anything to trim. */
  get isExcessive(): boolean {
    return this.#memory.trims && !this.allows(0);
  }

  /** Finds what is to be trimmed now, if too much is spare; `trim` does it. */
  startTrimming(): void {
    this.#queue = [];
    if (!this.isExcessive) return;
    for (const store of this.#stores) {
      if (store.isIdle || !hasRested(store.tick)) continue;
      const spare = this.#spareOf(store);
      if (spare > 0) this.#queue.push({ store, spare });
    }
    this.#queue.sort((a, b) => a.spare - b.spare);
  }

  /**
   * Trims one store. More than need be: what gets leave spare until the next time must have room, too.
   *
   * @returns whether more is to be trimmed.
   */
  trim(): boolean {
    const store = this.#queue.pop()?.store;
    if (store === undefined || this.#accounting.spareBytes <= this.allowance / 2) return false;
    // Others have had their time since it was found.
    const isTrimmable = this.#stores.has(store) && !store.isIdle && hasRested(store.tick);
    const bytes = isTrimmable ? store.reference?.deref() : undefined;
    // Its holder may have transferred them away.
    if (bytes?.byteLength === store.capacity && this.#spareOf(store) > 0) {
      const capacity = this.#memory.fit(store.size, store);
      this.#memory.resize(bytes, capacity);
      this.#accounting.resize(store, capacity);
      store.stack = this.#memory.stackOf(store);
    }
    return true;
  }

  /** Less is asked of a lent store now: what was cut off is as good as given. */
  notice(store: Store): void {
    store.tick = ticks.now;
  }

  #spareOf(store: Store): number {
    return store.capacity - this.#memory.fit(store.size, store);
  }
}
