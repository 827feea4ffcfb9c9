import { hasRested } from '../core/scavenger.ts';
import type { FreeReason } from '../core/stats.ts';
import type { Accounting } from './accounting.ts';
import type { Memory } from './memory/memory.ts';
import type { Releasing } from './memory/releasing.ts';
import type { SizedStack } from './memory/sized-stacks.ts';
import type { Spare } from './spare.ts';
import type { Store } from './store.ts';

/** How many bytes may be copied to save growing by one: a page fault takes many times as long as a copy of its bytes. */
const WORTH_COPYING = 8;

/** How many times what it asks for a store that grows may get, as what grows once grows again. */
const MOST_AHEAD = 2;

/** How many times what it asks for a store may hold in which a buffer begins that is expected to grow. */
const MOST_TO_BEGIN = 16;

/**
 * The part of the bytes lent that may be idle in stores that are too large for what is asked: more would
 * pile up where small buffers are asked for and grow in place.
 */
const MOST_LEFT_IDLE = 1 / 4;

/** What choosing a store needs of the pool. */
export interface Choosable {
  readonly accounting: Accounting;
  readonly releasing: Releasing;
  readonly spare: Spare;
  readonly maxIdleBytes: number;
  capacityFor(size: number): number;
  /** A new store, if the budget leaves room. */
  make(size: number): Store | undefined;
  /** Frees a store that was taken off its stack. */
  free(store: Store, reason: FreeReason): void;
  /** Frees idle stores until so many more bytes may be held; `taken` of those that are idle cannot be freed. */
  makeRoom(bytes: number, taken?: number): boolean;
  /** Makes an idle store hold `capacity` bytes. */
  resize(store: Store, size: number, capacity: number): void;
}

/** Which store serves a request: an idle one as it is, one that is grown or trimmed, or a new one. */
export class StoreChoice {
  readonly #pool: Choosable;
  readonly #memory: Memory;
  readonly #maxBufferSize: number;
  /** See `ElasticTuning`. */
  readonly #worthOfGrowth: number;

  constructor(pool: Choosable, memory: Memory, maxBufferSize: number, worthOfGrowth: number) {
    this.#pool = pool;
    this.#memory = memory;
    this.#maxBufferSize = maxBufferSize;
    this.#worthOfGrowth = worthOfGrowth;
  }

  /**
   * A store to be lent for `size` bytes. It counts as idle until it is lent. Undefined where the budget
   * leaves no room; whoever `mayWait` then had better do so than take a store that is far too large and
   * stays so.
   *
   * 1. The smallest idle one that holds them, if it fits well.
   * 2. A new one, while little is idle: the more sizes there are to choose from, the better they fit.
   * 3. The nearest idle one: a larger one as it is, or a smaller one that is grown.
   * 4. A new one, for which idle ones may have to go.
   * 5. An idle one, however much too large.
   */
  obtain(size: number, mayWait: boolean): Store | undefined {
    if (size > this.#maxBufferSize) return this.#pool.make(size);
    const { frees } = this.#pool.accounting;
    const { lost } = frees;
    const store = this.#choose(size, mayWait);
    // What turned out to be lost may have left another, or room.
    return store === undefined && frees.lost > lost ? this.obtain(size, mayWait) : store;
  }

  #choose(size: number, mayWait: boolean): Store | undefined {
    const above = this.#memory.above(size);
    if (above !== undefined && this.#memory.fitsWell(size, above.top as Store)) {
      this.#memory.remember(size, above);
      return this.#takeFrom(above);
    }
    return this.#chooseOther(size, above, mayWait);
  }

  /**
   * An elastic store to be lent for `size` bytes and to grow to `expected`: the nearest idle one. The rest
   * is trimmed with the spare bytes of others, should it not be needed. Where the budget leaves no such room, it
   * begins in a small one that another has grown out of.
   */
  obtainFor(size: number, expected: number): Store | undefined {
    if (!this.#memory.trims || expected > this.#maxBufferSize) return undefined;
    const nearest = this.#memory.above(expected) ?? this.#memory.below(expected);
    const capacity = nearest?.top?.capacity ?? 0;
    if (capacity >= size && this.#isAmple(capacity)) return this.#takeFrom(nearest);
    const small = this.#memory.above(size);
    const { isElastic = false, capacity: held = 0 } = small?.top ?? {};
    const isSmall = isElastic && held <= Math.min(expected, MOST_TO_BEGIN * size);
    return isSmall ? this.#takeFrom(small) : undefined;
  }

  /** Whether so much may be lent to whoever needs less for now: the other half of a budget is for others. */
  #isAmple(capacity: number): boolean {
    const { lentBytes, maxBytes } = this.#pool.accounting;
    return lentBytes + this.#pool.releasing.bytes + capacity <= maxBytes / 2;
  }

  /** Where no idle store fits well; `above` is the stack of the smallest that holds `size` bytes. */
  #chooseOther(size: number, above: SizedStack | undefined, mayWait: boolean): Store | undefined {
    const made = this.#mayVary(size) ? this.#makeKept(size) : undefined;
    if (made !== undefined) return made;
    const below = this.#memory.below(size);
    if (above !== undefined && this.#isNearer(above, below?.top?.capacity ?? -Infinity, size))
      return this.#takeLarger(above, size);
    return (
      this.#takeSmaller(below, size) ??
      this.#makeKept(size) ??
      (mayWait && !this.#memory.trims
        ? undefined
        : this.#takeLarger(this.#memory.above(size), size))
    );
  }

  /** Whether a larger store serves better than one of `smaller` bytes that would have to grow. */
  #isNearer(above: SizedStack, smaller: number, size: number): boolean {
    const larger = above.top as Store;
    if (this.#isTooLarge(size, larger)) return false;
    return larger.capacity - size <= this.#worthOfGrowth * (size - smaller);
  }

  /** Whether that many bytes had better stay idle for whoever needs them. Elastic ones, only while they are few. */
  #isTooLarge(size: number, store: Store): boolean {
    const { lentBytes, idleBytes } = this.#pool.accounting;
    const isMuch =
      store.isElastic && idleBytes > lentBytes * MOST_LEFT_IDLE && this.#isAmple(store.capacity);
    return !isMuch && this.#memory.isTooLarge(size, store);
  }

  /** A new store, which fits well as often as it is idle. */
  #makeKept(size: number): Store | undefined {
    const store = this.#pool.make(size);
    if (store?.stack !== undefined) this.#memory.remember(size, this.#memory.stackOf(store));
    return store;
  }

  /** Whether one more store may be made though an idle one could serve. */
  #mayVary(size: number): boolean {
    const { idleBytes, heldBytes, maxBytes } = this.#pool.accounting;
    const capacity = this.#pool.capacityFor(size);
    return (
      idleBytes + capacity <= Math.min(this.#pool.spare.allowance, this.#pool.maxIdleBytes) &&
      heldBytes + this.#pool.releasing.bytes + capacity <= maxBytes
    );
  }

  /** The idle store on top of that stack, if it has its bytes. */
  #takeFrom(stack: SizedStack | undefined): Store | undefined {
    const store = stack?.pop();
    // A stale reference may have been used to transfer its bytes away, or to resize them.
    if (store === undefined || store.bytes?.byteLength === store.capacity) return store;
    this.#pool.free(store, 'lost');
    return undefined;
  }

  /** A store that is too large: as it is, unless too much is spare and nobody can be using it still. */
  #takeLarger(above: SizedStack | undefined, size: number): Store | undefined {
    const store = this.#takeFrom(above);
    if (store === undefined) return undefined;
    const fitting = this.#memory.fit(size, store);
    const isKept = !hasRested(store.tick) || this.#pool.spare.allows(store.capacity - fitting);
    if (fitting < store.capacity && !isKept) this.#pool.resize(store, size, fitting);
    return store;
  }

  /** A store that is too small, grown; undefined where the budget leaves no room. */
  #takeSmaller(below: SizedStack | undefined, size: number): Store | undefined {
    const store = this.#takeFrom(below);
    if (store === undefined) return undefined;
    const fitting = this.#memory.fit(size, store);
    if (this.#pool.makeRoom(fitting - store.capacity, store.capacity)) {
      this.#pool.resize(store, size, fitting);
      return store;
    }
    store.stack?.push(store);
    return undefined;
  }

  /**
   * An idle store to go on in, for a lent one that has to grow: where that saves page faults, as to copy a byte
   * takes a small part of the time of one. What is idle is held anyway, and one that grew would be idle beside it.
   */
  takeInstead(store: Store, size: number, isAll: boolean): Store | undefined {
    const { capacity } = store;
    if (!this.#memory.trims || size <= capacity || size > this.#maxBufferSize) return undefined;
    const isWorthIt = (larger: number): boolean =>
      store.size <= WORTH_COPYING * (larger - capacity);
    const above = this.#memory.above(size);
    const larger = above?.top?.capacity ?? Infinity;
    // In a budget, whoever will grow again gets no more than it asks for.
    const isFree = isAll || this.#pool.accounting.maxBytes === Infinity;
    const most = isFree ? MOST_AHEAD * size : size;
    const top = above?.top as Store | undefined;
    if (top !== undefined && (larger <= most || this.#memory.fitsWell(size, top)))
      return isWorthIt(larger) ? this.#takeFrom(above) : undefined;
    const below = this.#memory.below(size);
    const smaller = below?.top?.capacity ?? 0;
    const grown =
      smaller > capacity && isWorthIt(smaller) ? this.#takeSmaller(below, size) : undefined;
    if (grown !== undefined) return grown;
    // Room for it to grow in place may be held by what is idle and has not rested: that serves as it is.
    const hasRoom = this.#pool.makeRoom(this.#memory.fit(size, store) - capacity);
    return hasRoom ? undefined : this.#takeFrom(this.#memory.above(size));
  }
}
