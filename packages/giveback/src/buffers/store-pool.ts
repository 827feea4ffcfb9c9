import { GivebackError } from '../core/errors.ts';
import { events } from '../core/events.ts';
import { detach } from '../core/platform.ts';
import { hasRested, scavenger, ticks } from '../core/scavenger.ts';
import type { FreeReason } from '../core/stats.ts';
import { refusedMemory } from '../leasing/errors.ts';
import { registerStore } from '../leasing/stores.ts';
import type { Lender } from '../leasing/view.ts';
import type { Accounting } from './accounting.ts';
import { type IdleBudget, idleBudget, type Member, MOST_EVICTIONS } from './idle-budget.ts';
import { IdleStores } from './idle-stores.ts';
import type { LeakWatch } from './leaks.ts';
import { ElasticMemory } from './memory/elastic.ts';
import { FixedMemory } from './memory/fixed.ts';
import type { Memory } from './memory/memory.ts';
import { nearMemoryLimit } from './memory/pressure.ts';
import { Releasing, type Resting } from './memory/releasing.ts';
import type { SizedStack } from './memory/sized-stacks.ts';
import type { ResolvedBufferOptions } from './options.ts';
import { Spare } from './spare.ts';
import { Store } from './store.ts';
import { currentTuning } from './tuning.ts';
import { type Keeper, Upkeep } from './upkeep.ts';

/** How many bytes may be copied to save growing by one: a page fault takes many times as long as a copy of its bytes. */
const WORTH_COPYING = 8;

/** How many times what it asks for a store that grows may get, as what grows once grows again. */
const MOST_AHEAD = 2;

/** What an array buffer tells of itself since ES2024. */
interface Resizable {
  readonly resizable: boolean;
  readonly maxByteLength: number;
}

/**
/**
 * The part of the bytes lent that may be idle in stores that are too large for what is asked: more would
 * pile up where small buffers are asked for and grow in place.
 */
const MOST_LEFT_IDLE = 1 / 4;

/**
 * All the stores of a recycler: makes them, keeps the idle ones within the budget, and frees them. It does
 * not know who may give what; that is the recycler's part.
 *
 *             obtain                  keep
 *    idle ────────────► lent ────────────────► idle     an idle store *rests* for a while: it may be lent
 *     │                  │ lose                  │       again, but is neither shrunk nor released
 *     │ free             ▼                       │ free
 *     └──────────► releasing ◄───────────────────┘       counts against `maxBytes` until the memory has
 *                        ▼                               been returned, by `release` or the collector
 *                    the system
 */
export class StorePool implements Keeper, Member {
  readonly accounting: Accounting;
  readonly idle: IdleStores;
  readonly releasing: Releasing = new Releasing();
  readonly spare: Spare;
  readonly leakWatch: LeakWatch;
  /** Whether anybody waits for more, having been told that there may be room. */
  readonly onRoom: () => boolean;
  /** Every store that is held, lent or idle. */
  readonly stores: Set<Store> = new Set();
  readonly #memory: Memory;
  readonly #lender: Lender;
  readonly #maxBufferSize: number;
  /** See `ElasticTuning`. */
  readonly #worthOfGrowth: number;
  readonly #upkeep: Upkeep;
  /** Where the idle bytes are not limited by an option. */
  readonly #idleBudget: IdleBudget | undefined;
  /** How many idle stores are to be freed because memory is short. */
  #toRelieve = 0;
  /** Stores that were discarded, until the collector returns their bytes. */
  readonly #discarded = new Set<Store>();

  constructor(
    options: ResolvedBufferOptions,
    lender: Lender,
    accounting: Accounting,
    leakWatch: LeakWatch,
    onRoom: () => boolean,
  ) {
    const { fixed, elastic } = currentTuning();
    const ordinary = new FixedMemory(options.maxBufferSize, fixed);
    this.#memory =
      options.memory === 'elastic'
        ? new ElasticMemory(options.maxBufferSize, elastic, ordinary)
        : ordinary;
    this.#worthOfGrowth = elastic.worthOfGrowth;
    this.#lender = lender;
    this.#maxBufferSize = options.maxBufferSize;
    this.#idleBudget = options.maxIdleBytes === undefined ? idleBudget() : undefined;
    this.accounting = accounting;
    this.idle = new IdleStores(this.#memory.stacks);
    this.spare = new Spare(accounting, this.#memory, elastic.spare);
    this.leakWatch = leakWatch;
    this.onRoom = onRoom;
    this.#upkeep = new Upkeep(options.idleTimeout, this);
  }

  /** The bytes that a new store for `size` bytes would hold at least. */
  capacityFor(size: number): number {
    return size > this.#maxBufferSize ? size : this.#memory.capacityFor(size);
  }

  /** The most bytes that may be idle. */
  get maxIdleBytes(): number {
    return this.#idleBudget?.max ?? this.accounting.maxIdleBytes;
  }

  /** The stack to look at first; for a size up to `maxBufferSize`. */
  likely(size: number): SizedStack | undefined {
    // Sizes differ, so what is spare may be more from now on.
    if (this.#memory.trims) this.#upkeep.watchSpare();
    return this.#memory.likely(size);
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
    if (size > this.#maxBufferSize) return this.#make(size);
    const { frees } = this.accounting;
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
   * is trimmed with the spare bytes of others, should it not be needed.
   */
  obtainFor(size: number, expected: number): Store | undefined {
    if (!this.#memory.trims || expected > this.#maxBufferSize) return undefined;
    const stack = this.#memory.above(expected) ?? this.#memory.below(expected);
    const capacity = stack?.top?.capacity ?? 0;
    if (capacity < size || !this.#isAmple(capacity)) return undefined;
    this.#upkeep.watchSpare();
    return this.#takeFrom(stack);
  }

  /** Whether so much may be lent to whoever needs less for now: the other half of a budget is for others. */
  #isAmple(capacity: number): boolean {
    const { lentBytes, maxBytes } = this.accounting;
    return lentBytes + this.releasing.bytes + capacity <= maxBytes / 2;
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
    const { lentBytes, idleBytes } = this.accounting;
    const isMuch =
      store.isElastic && idleBytes > lentBytes * MOST_LEFT_IDLE && this.#isAmple(store.capacity);
    return !isMuch && this.#memory.isTooLarge(size, store);
  }

  /** A new store, which fits well as often as it is idle. */
  #makeKept(size: number): Store | undefined {
    const store = this.#make(size);
    if (store?.stack !== undefined) this.#memory.remember(size, this.#memory.stackOf(store));
    return store;
  }

  /** Whether one more store may be made though an idle one could serve. */
  #mayVary(size: number): boolean {
    const { idleBytes, heldBytes, maxBytes } = this.accounting;
    const capacity = this.capacityFor(size);
    return (
      idleBytes + capacity <= Math.min(this.spare.allowance, this.maxIdleBytes) &&
      heldBytes + this.releasing.bytes + capacity <= maxBytes
    );
  }

  /** The idle store on top of that stack, if it has its bytes. */
  #takeFrom(stack: SizedStack | undefined): Store | undefined {
    const store = stack?.pop();
    // A stale reference may have been used to transfer its bytes away, or to resize them.
    if (store === undefined || store.bytes?.byteLength === store.capacity) return store;
    this.#free(store, 'lost');
    return undefined;
  }

  /** A store that is too large: as it is, unless too much is spare and nobody can be using it still. */
  #takeLarger(above: SizedStack | undefined, size: number): Store | undefined {
    const store = this.#takeFrom(above);
    if (store === undefined) return undefined;
    const fitting = this.#memory.fit(size, store);
    const isKept = !hasRested(store.tick) || this.spare.allows(store.capacity - fitting);
    if (fitting < store.capacity && !isKept) this.#resize(store, size, fitting);
    return store;
  }

  /** A store that is too small, grown; undefined where the budget leaves no room. */
  #takeSmaller(below: SizedStack | undefined, size: number): Store | undefined {
    const store = this.#takeFrom(below);
    if (store === undefined) return undefined;
    const fitting = this.#memory.fit(size, store);
    if (this.#makeRoom(fitting - store.capacity, store.capacity)) {
      this.#resize(store, size, fitting);
      return store;
    }
    store.stack?.push(store);
    return undefined;
  }

  /** Resizes an idle store that was taken; puts it back if the platform refuses. */
  #resize(store: Store, size: number, capacity: number): void {
    let isResized = false;
    try {
      this.#allocate(size, () => this.#memory.resize(store.bytes as ArrayBuffer, capacity));
      isResized = true;
    } finally {
      if (!isResized) store.stack?.push(store);
    }
    this.#setCapacity(store, capacity);
  }

  #setCapacity(store: Store, capacity: number): void {
    this.accounting.resize(store, capacity);
    store.stack = this.#memory.stackOf(store);
  }

  /**
   * Keeps or frees the store that the latest give brought, with its bytes. Unless it `isUnused`, it rests;
   * if it is, whoever had it before may be using it still, so it goes on resting.
   *
   * @returns whether it is kept.
   */
  keep(store: Store, bytes: ArrayBuffer, isUnused: boolean): boolean {
    const { accounting } = this;
    const { stack, capacity } = store;
    store.bytes = bytes;
    if (!isUnused) store.tick = ticks.now;
    accounting.takeBack(store);
    if (stack === undefined || capacity > this.maxIdleBytes || accounting.isClosed) {
      this.#free(store, accounting.isClosed ? 'closed' : stack === undefined ? 'oversize' : 'full');
      return false;
    }
    stack.push(store);
    this.#upkeep.watch();
    accounting.hasFastGives = true;
    const last = this.#makesWay() ? undefined : stack.pop();
    if (last !== undefined) this.#free(last, 'full');
    return store.isIdle;
  }

  /** Evicts what has idled longest until the rest is within the limit; false if that takes too many. */
  #makesWay(): boolean {
    const { accounting } = this;
    if (accounting.idleBytes > accounting.maxIdleBytes) this.#idleBudget?.grant(this);
    for (let count = 0; accounting.idleBytes > accounting.maxIdleBytes; count++) {
      if (count === MOST_EVICTIONS) return false;
      this.evictOldest();
    }
    return true;
  }

  /** Makes a lent store hold `size` bytes in place; false where it cannot. It never shrinks under its holder. */
  grow(store: Store, bytes: ArrayBuffer, size: number): boolean {
    const { capacity } = store;
    if (size <= capacity) return true;
    const larger = this.#grownTo(store, size);
    if (larger < size) return false;
    if (!this.#makeRoom(larger - capacity)) throw this.noRoom(size, larger - capacity);
    this.#allocate(size, () => this.#memory.resize(bytes, larger));
    this.#setCapacity(store, larger);
    return true;
  }

  /**
   * An idle store to go on in, for a lent one that has to grow: where that saves page faults, as to copy a byte
   * takes a small part of the time of one. What is idle is held anyway, and one that grew would be idle beside it.
   */
  takeInstead(store: Store, size: number): Store | undefined {
    const { capacity } = store;
    if (!this.#memory.trims || size <= capacity || size > this.#maxBufferSize) return undefined;
    const isWorthIt = (larger: number): boolean =>
      store.size <= WORTH_COPYING * (larger - capacity);
    const above = this.#memory.above(size);
    const larger = above?.top?.capacity ?? Infinity;
    // In a budget, whoever grows gets no more than it asks for.
    const most = this.accounting.maxBytes === Infinity ? MOST_AHEAD * size : size;
    const top = above?.top as Store | undefined;
    if (top !== undefined && (larger <= most || this.#memory.fitsWell(size, top)))
      return isWorthIt(larger) ? this.#takeFrom(above) : undefined;
    const below = this.#memory.below(size);
    const smaller = below?.top?.capacity ?? 0;
    return smaller > capacity && isWorthIt(smaller) ? this.#takeSmaller(below, size) : undefined;
  }

  /** Less is asked of a lent store now. */
  noticeSpare(store: Store): void {
    this.spare.notice(store);
    if (this.#memory.trims) this.#upkeep.watchSpare();
  }

  /** Bytes more that are held while a lent store comes to hold `size` bytes, or another one in its place. */
  needToGrow(store: Store, size: number): number {
    const { capacity } = store;
    if (size <= capacity) return 0;
    const larger = this.#grownTo(store, size);
    return larger < size ? this.capacityFor(size) : larger - capacity;
  }

  /** What a store would hold that has to grow to `size` bytes in place: less where it cannot. */
  #grownTo(store: Store, size: number): number {
    return size > this.#maxBufferSize ? 0 : this.#memory.fit(size, store);
  }

  /** Detaches every reference to a store's bytes. @returns the same bytes in a new array buffer. */
  renew(store: Store, bytes: ArrayBuffer): ArrayBuffer {
    const renewed = detach(bytes);
    this.leakWatch.unregister(store);
    this.#register(store, renewed);
    if (store.isElastic) store.reference = new WeakRef(renewed);
    return renewed;
  }

  /** Whether these bytes can be resized as the store's own could. */
  isOfKind({ isElastic }: Store, bytes: ArrayBuffer): boolean {
    const { resizable = false, maxByteLength = 0 } = bytes as Partial<Resizable>;
    return isElastic ? resizable && maxByteLength >= this.#maxBufferSize : !resizable;
  }

  /** A lent store is discarded: its bytes are the collector's to return. */
  discard(store: Store, bytes: ArrayBuffer): void {
    this.accounting.discard(store);
    this.#forget(store);
    // Bytes that were transferred away are somebody else's, for good.
    if (bytes.byteLength === 0) return;
    this.#discarded.add(store);
    this.releasing.leaveToCollector(store.capacity);
  }

  /** The bytes of a store were collected. @returns whether it was lent, and so has leaked. */
  noticeCollected(store: Store): boolean {
    if (this.#discarded.delete(store)) {
      this.releasing.noticeCollected(store.capacity);
      return false;
    }
    if (!this.stores.has(store)) return false;
    this.accounting.leak(store);
    this.#forget(store);
    return true;
  }

  /** Frees all that is idle. @returns how many stores that were. */
  freeIdle(reason: FreeReason): number {
    const idle = this.idle.takeAll();
    for (const store of idle) this.#free(store, reason);
    return idle.length;
  }

  /** Frees all that is idle, and from now on all that is given. */
  close(): void {
    this.accounting.close();
    this.#idleBudget?.leave(this);
    this.freeIdle('closed');
  }

  relieve(): void {
    this.#toRelieve = this.stores.size - this.accounting.lentCount;
    scavenger.soon(this.#relieveOne);
  }

  /** Of all that was idle when the process was found to be near its limit, the oldest. */
  readonly #relieveOne = (): boolean => {
    const store = this.#toRelieve-- > 0 ? this.idle.takeOldest() : undefined;
    if (store !== undefined) this.#free(store, 'pressure');
    return store !== undefined;
  };

  freeAged(): boolean {
    const aged = this.idle.takeAged();
    if (aged !== undefined) this.#free(aged, 'aged');
    return aged !== undefined;
  }

  evictOldest(): void {
    const oldest = this.idle.takeOldest();
    if (oldest !== undefined) this.#free(oldest, 'evicted');
  }

  settle(): void {
    this.#idleBudget?.settle(this);
  }

  /** Tells whoever waits as time passes. */
  watchRoom(): void {
    this.#upkeep.watchRoom();
  }

  /** What is said where the budget leaves no room for `size` bytes, which take `bytes` more. */
  noRoom(size: number, bytes: number): GivebackError {
    const { lentBytes, idleBytes, maxBytes } = this.accounting;
    const releasingBytes = this.releasing.bytes;
    const isEnough = lentBytes + releasingBytes + bytes <= maxBytes;
    const resting = idleBytes > 0 && isEnough ? `, ${idleBytes} given back a moment ago` : '';
    const releasing = releasingBytes > 0 ? `, ${releasingBytes} not returned yet` : '';
    return new GivebackError(
      'ERR_GIVEBACK_BUDGET',
      `Expected room for ${size} bytes in recycler \`${this.#lender.name}\`, which take ${bytes} more, got ${lentBytes} of ${maxBytes} bytes lent${resting}${releasing}.`,
    );
  }

  /** A new store, made within the budget. It counts as idle until it is lent. */
  #make(size: number): Store | undefined {
    scavenger.revive();
    if (nearMemoryLimit()) {
      this.relieve();
      scavenger.begin(this.#relieveOne);
    }
    const isOversize = size > this.#maxBufferSize;
    const resting = this.#takeResting(size);
    const bytes = resting?.bytes ?? this.#allocateStore(size);
    if (bytes === undefined) return undefined;
    const isElastic = (bytes as { readonly resizable?: boolean }).resizable === true;
    const store = new Store(this.#lender, bytes, isElastic);
    store.capacity = bytes.byteLength;
    // Whoever gave them a moment ago may be using them still.
    if (resting !== undefined) store.tick = resting.tick;
    if (!isOversize) store.stack = this.#memory.stackOf(store);
    this.#register(store, bytes);
    this.stores.add(store);
    this.spare.add(store);
    this.accounting.hold(store);
    if (events.make.hasSubscribers)
      events.make.publish({ recycler: this.#lender.name, bytes: store.capacity });
    return store;
  }

  /** Bytes that were freed a moment ago, of much the same size. They take no room that is not taken yet. */
  #takeResting(size: number): Resting | undefined {
    const least = this.capacityFor(size);
    return this.releasing.take(
      ({ byteLength }) => byteLength >= least && byteLength <= least * 1.25,
    );
  }

  /** Undefined where the budget leaves no room. */
  #allocateStore(size: number): ArrayBuffer | undefined {
    if (!this.#makeRoom(this.capacityFor(size))) return undefined;
    // Under a budget every byte counts, whether it is resident or not.
    const room = this.accounting.maxBytes === Infinity ? this.maxIdleBytes : 0;
    return this.#allocate(size, () =>
      size > this.#maxBufferSize ? allocateViewable(size) : this.#memory.make(size, room),
    );
  }

  #register(store: Store, bytes: ArrayBuffer): void {
    this.leakWatch.register(bytes, store);
    registerStore(bytes);
  }

  /**
   * Frees idle stores that have rested until `bytes` more may be held; false where there are too few.
   * `taken` bytes count as idle, but cannot be freed.
   */
  #makeRoom(bytes: number, taken = 0): boolean {
    const { accounting } = this;
    const { maxBytes, lentBytes } = accounting;
    if (maxBytes === Infinity) return true;
    const idleBytes = maxBytes - lentBytes - this.releasing.bytes - bytes;
    if (idleBytes < taken) return false;
    while (accounting.idleBytes > idleBytes) {
      const { oldest } = this.idle;
      if (oldest === undefined || !hasRested(oldest.tick)) return false;
      this.evictOldest();
    }
    return true;
  }

  /** Runs `allocate`; if the platform refuses, once more after all that is idle has been freed. */
  #allocate<T>(size: number, allocate: () => T): T {
    try {
      return allocate();
    } catch {
      this.freeIdle('pressure');
    }
    try {
      return allocate();
    } catch (cause) {
      throw refusedMemory(this.#lender.name, size, cause);
    }
  }

  /** Frees a store that was idle and has been taken off its stack. */
  #free(store: Store, reason: FreeReason): void {
    const { capacity } = store;
    const bytes = store.bytes as ArrayBuffer;
    this.accounting.free(store, reason);
    this.#forget(store);
    // Bytes that a stale reference has transferred away are somebody else's.
    if (bytes.byteLength > 0) this.releasing.admit(bytes, capacity, store.tick);
    // The record is kept until its bytes are collected, which it must not prevent.
    store.bytes = undefined;
    if (this.releasing.isResting) {
      this.#upkeep.watch();
      this.#upkeep.wantTicks();
    }
    if (events.free.hasSubscribers)
      events.free.publish({ recycler: this.#lender.name, reason, bytes: capacity });
  }

  /** A store is held no more. */
  #forget(store: Store): void {
    this.stores.delete(store);
    this.spare.delete(store);
  }
}

/** The platform may have the memory for bytes that no view of it may show. */
function allocateViewable(size: number): ArrayBuffer {
  return new Uint8Array(new ArrayBuffer(size), 0, size).buffer;
}
