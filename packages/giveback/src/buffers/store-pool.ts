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
import { type Choosable, StoreChoice } from './store-choice.ts';
import { currentTuning } from './tuning.ts';
import { type Keeper, Upkeep } from './upkeep.ts';

/** What an array buffer tells of itself since ES2024. */
interface Resizable {
  readonly resizable: boolean;
  readonly maxByteLength: number;
}

/** Those that wait for room in the budget. */
export interface RoomWaits {
  /** How many there are. */
  readonly waiting: number;
  /** Serves those that find room now. */
  serve(): void;
}

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
export class StorePool implements Choosable, Keeper, Member {
  readonly accounting: Accounting;
  readonly idle: IdleStores;
  readonly releasing: Releasing = new Releasing();
  readonly spare: Spare;
  readonly leakWatch: LeakWatch;
  /** Every store that is held, lent or idle. */
  readonly stores: Set<Store> = new Set();
  readonly #memory: Memory;
  readonly #lender: Lender;
  readonly #maxBufferSize: number;
  readonly #maxIdleBytes: number;
  readonly #choice: StoreChoice;
  readonly #upkeep: Upkeep;
  readonly #waits: () => RoomWaits;
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
    waits: () => RoomWaits,
  ) {
    const { fixed, elastic } = currentTuning();
    const ordinary = new FixedMemory(options.maxBufferSize, fixed);
    this.#memory =
      options.memory === 'elastic'
        ? new ElasticMemory(options.maxBufferSize, elastic, ordinary)
        : ordinary;
    this.#lender = lender;
    this.#maxBufferSize = options.maxBufferSize;
    this.#maxIdleBytes = options.maxIdleBytes ?? Infinity;
    this.#idleBudget = options.maxIdleBytes === undefined ? idleBudget() : undefined;
    this.accounting = accounting;
    this.idle = new IdleStores(this.#memory.stacks);
    this.spare = new Spare(accounting, this.#memory, elastic.spare, () => this.isAwaited());
    this.leakWatch = leakWatch;
    this.#waits = waits;
    this.#choice = new StoreChoice(
      this,
      this.#memory,
      options.maxBufferSize,
      elastic.worthOfGrowth,
    );
    this.#upkeep = new Upkeep(options.idleTimeout, this);
  }

  /** The bytes that a new store for `size` bytes would hold at least. */
  capacityFor(size: number): number {
    return size > this.#maxBufferSize ? size : this.#memory.capacityFor(size);
  }

  /** The most bytes that may be idle while it is open. */
  get maxIdleBytes(): number {
    return this.#idleBudget?.max ?? this.#maxIdleBytes;
  }

  /** The stack to look at first; for a size up to `maxBufferSize`. */
  likely(size: number): SizedStack | undefined {
    // Sizes differ, so what is spare may be more from now on.
    if (this.#memory.trims) this.#upkeep.watchSpare();
    return this.#memory.likely(size);
  }

  /** See `StoreChoice`. */
  obtain(size: number, mayWait: boolean): Store | undefined {
    return this.#choice.obtain(size, mayWait);
  }

  /** See `StoreChoice`. */
  obtainFor(size: number, expected: number): Store | undefined {
    if (this.#memory.trims) this.#upkeep.watchSpare();
    return this.#choice.obtainFor(size, expected);
  }

  /** See `StoreChoice`. */
  takeInstead(store: Store, size: number, isAll: boolean): Store | undefined {
    return this.#choice.takeInstead(store, size, isAll);
  }

  /** Resizes an idle store that was taken; puts it back if the platform refuses. */
  resize(store: Store, size: number, capacity: number): void {
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
      this.free(store, accounting.isClosed ? 'closed' : stack === undefined ? 'oversize' : 'full');
      return false;
    }
    stack.push(store);
    this.#upkeep.watch();
    accounting.hasFastGives = true;
    const last = this.#makesWay() ? undefined : stack.pop();
    if (last !== undefined) this.free(last, 'full');
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
    if (!this.makeRoom(larger - capacity)) throw this.noRoom(size, larger - capacity);
    this.#allocate(size, () => this.#memory.resize(bytes, larger));
    this.#setCapacity(store, larger);
    return true;
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
    const { capacity, size } = store;
    this.accounting.discard(store);
    this.#forget(store);
    // Bytes that were transferred away are somebody else's, for good.
    if (bytes.byteLength > 0) {
      this.#discarded.add(store);
      this.releasing.leaveToCollector(capacity);
    }
    if (events.discard.isHeard)
      events.discard.publish({ recycler: this.#lender.name, bytes: capacity, size });
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
    for (const store of idle) this.free(store, reason);
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
    if (store !== undefined) this.free(store, 'pressure');
    return store !== undefined;
  };

  freeAged(): boolean {
    const aged = this.idle.takeAged();
    if (aged !== undefined) this.free(aged, 'aged');
    return aged !== undefined;
  }

  evictOldest(): void {
    const oldest = this.idle.takeOldest();
    if (oldest !== undefined) this.free(oldest, 'evicted');
  }

  settle(): void {
    this.#idleBudget?.settle(this);
  }

  /** Serves those that wait as time passes. */
  watchRoom(): void {
    this.#upkeep.watchRoom();
  }

  serveWaiting(): void {
    this.#waits().serve();
  }

  isAwaited(): boolean {
    return this.#waits().waiting > 0;
  }

  /** What is said where the budget leaves no room for `size` bytes, which take `bytes` more. Room is made for the next. */
  noRoom(size: number, bytes: number): GivebackError {
    this.#upkeep.noticeRefusal();
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
  make(size: number): Store | undefined {
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
    if (events.make.isHeard)
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
    if (!this.makeRoom(this.capacityFor(size))) return undefined;
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
  makeRoom(bytes: number, taken = 0): boolean {
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
  free(store: Store, reason: FreeReason): void {
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
    if (events.free.isHeard)
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
