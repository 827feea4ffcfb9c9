import { GivebackError } from '../core/errors.ts';
import { events } from '../core/events.ts';
import { type IdleStack, SWEEPS } from '../core/idle-stack.ts';
import { detach, setBackgroundTimeout } from '../core/platform.ts';
import { type Ageing, hasRested, scavenger, ticks, weakly } from '../core/scavenger.ts';
import type { FreeReason } from '../core/stats.ts';
import { refusedMemory } from '../leasing/errors.ts';
import { registerStore } from '../leasing/stores.ts';
import type { Lender } from '../leasing/view.ts';
import type { Accounting } from './accounting.ts';
import { IdleStacks } from './idle-stacks.ts';
import type { LeakWatch } from './leaks.ts';
import { ELASTIC_TUNING, ElasticMemory } from './memory/elastic.ts';
import { FixedMemory } from './memory/fixed.ts';
import type { Memory } from './memory/memory.ts';
import { nearMemoryLimit, type Relievable, relieve } from './memory/pressure.ts';
import { Releasing, type Resting } from './memory/releasing.ts';
import type { ResolvedBufferOptions } from './options.ts';
import { Store } from './store.ts';

/** What an array buffer tells of itself since ES2024. */
interface Resizable {
  readonly resizable: boolean;
  readonly maxByteLength: number;
}

/** Without ageing a sweep still comes this often while something is idle. */
const SLOWEST_SWEEP = 15_000;

/** Spare bytes that are never worth trimming. */
const LEAST_ALLOWANCE = 4 * 1024 * 1024;

/** Milliseconds that memory is freed for at a time: nobody should notice the pause. */
const SLICE = 8;

/** Milliseconds for everybody else until the next slice. */
const BETWEEN_SLICES = 1;

/** Whoever hears that there may be room now. */
export interface RoomListener {
  /** @returns whether anybody waits for more. */
  onRoom(): boolean;
}

/**
 * All the stores of a recycler: makes them, keeps the idle ones within the budget, ages and frees
 * them. It does not know who may give what; that is the recycler's part.
 *
 *             obtain                  keep
 *    idle ────────────► lent ────────────────► idle     an idle store *rests* for a while: it may be lent
 *     │                  │ lose                  │       again, but is neither shrunk nor released
 *     │ free             ▼                       │ free
 *     └──────────► releasing ◄───────────────────┘       counts against `maxBytes` until the memory has
 *                        ▼                               been returned, by `release` or the collector
 *                    the system
 */
export class StorePool implements Ageing, Relievable {
  readonly interval: number;
  /** Every store that is held, lent or idle. */
  readonly stores: Set<Store> = new Set();
  readonly frees: Record<FreeReason, number> = {
    full: 0,
    oversize: 0,
    aged: 0,
    trimmed: 0,
    pressure: 0,
    evicted: 0,
    lost: 0,
    closed: 0,
  };
  makes = 0;
  readonly #accounting: Accounting;
  readonly #memory: Memory;
  readonly #lender: Lender;
  readonly #maxBufferSize: number;
  readonly #ages: boolean;
  readonly #stacks = new IdleStacks();
  readonly #releasing = new Releasing();
  /** Bytes of stores that were lost, until the collector returns them. */
  readonly #lost = new Set<Store>();
  readonly #leakWatch: LeakWatch;
  readonly #roomListener: RoomListener;
  #isWatched = false;
  #hasTicks = false;
  /** Frees what the last slice of time was too short for. */
  #sliceTimer: number | undefined;

  constructor(
    options: ResolvedBufferOptions,
    lender: Lender,
    accounting: Accounting,
    leakWatch: LeakWatch,
    roomListener: RoomListener,
  ) {
    const Memories = options.memory === 'elastic' ? ElasticMemory : FixedMemory;
    this.#memory = new Memories(this.#stacks, options.maxBufferSize);
    this.#lender = lender;
    this.#maxBufferSize = options.maxBufferSize;
    this.#ages = options.idleTimeout !== Infinity;
    this.interval = this.#ages ? options.idleTimeout / SWEEPS : SLOWEST_SWEEP;
    this.#accounting = accounting;
    this.#leakWatch = leakWatch;
    this.#roomListener = roomListener;
  }

  get idleCount(): number {
    return this.#stacks.count();
  }

  /** Bytes held no more and not returned yet. */
  get releasingBytes(): number {
    return this.#releasing.bytes;
  }

  /** The bytes that a new store for `size` bytes would hold at least. */
  capacityFor(size: number): number {
    return size > this.#maxBufferSize ? size : this.#memory.capacityFor(size);
  }

  /** The stack of the idle store that serves `size` bytes; for a size up to `maxBufferSize`. */
  stackFor(size: number): IdleStack<Store> {
    // Sizes differ, so what is spare may be more with the next get.
    if (this.#memory.trims) this.#wantTicks();
    return this.#memory.stackFor(size);
  }

  /**
   * A store to be lent for `size` bytes: an idle one, resized if need be, else a new one. It counts as idle
   * until it is lent. Undefined where the budget leaves no room; whoever `mayWait` then had better do so
   * than take a store that is far too large and stays so.
   */
  obtain(size: number, mayWait: boolean): Store | undefined {
    if (size > this.#maxBufferSize) return this.#make(size);
    const idle = this.#takeIdle(size);
    if (idle === undefined) return this.#make(size) ?? this.#takeLarger(size, mayWait);
    let isFitting = false;
    try {
      isFitting = this.#fit(idle, size);
    } finally {
      if (!isFitting) idle.stack?.push(idle);
    }
    return isFitting ? idle : this.#takeLarger(size, mayWait);
  }

  /**
   * Keeps or frees the store that the latest give brought, with its bytes. Unless it `isUnused`, it rests;
   * if it is, whoever had it before may be using it still, so it goes on resting.
   *
   * @returns whether it is kept.
   */
  keep(store: Store, bytes: ArrayBuffer, isUnused: boolean): boolean {
    const accounting = this.#accounting;
    const { stack, capacity } = store;
    store.bytes = bytes;
    store.since = accounting.gives;
    if (!isUnused) store.tick = ticks.now;
    accounting.idleBytes += capacity;
    if (stack === undefined || capacity > accounting.maxIdleBytes) {
      this.#free(store, accounting.isClosed ? 'closed' : stack === undefined ? 'oversize' : 'full');
      return false;
    }
    stack.push(store);
    this.#evictTo(accounting.maxIdleBytes, () => true);
    this.#watch();
    accounting.hasFastGives = true;
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
    this.#accounting.hold(larger - capacity);
    this.#accounting.leaveIdle(this.#accounting.idleBytes);
    store.capacity = larger;
    this.#place(store);
    return true;
  }

  /** Less is asked of a lent store now. What was cut off is as good as given: it may be in use still. */
  noticeSpare(store: Store): void {
    store.tick = ticks.now;
    if (this.#memory.trims && !this.#maySpare(0)) this.#watch();
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
    this.#leakWatch.unregister(store);
    this.#register(store, renewed);
    if (store.isElastic) store.reference = new WeakRef(renewed);
    return renewed;
  }

  /** Whether these bytes can be resized as the store's own could. */
  isOfKind({ isElastic }: Store, bytes: ArrayBuffer): boolean {
    const { resizable = false, maxByteLength = 0 } = bytes as Partial<Resizable>;
    return isElastic ? resizable && maxByteLength >= this.#maxBufferSize : !resizable;
  }

  /** A store is held no more, and its bytes are the collector's to return: discarded. */
  lose(store: Store, bytes: ArrayBuffer): void {
    this.#drop(store);
    // Bytes that were transferred away are somebody else's, for good.
    if (bytes.byteLength === 0) return;
    this.#lost.add(store);
    this.#releasing.leaveToCollector(store.capacity);
  }

  /** The bytes of a store were collected. @returns whether it was lent, and so has leaked. */
  noticeCollected(store: Store): boolean {
    if (this.#lost.delete(store)) {
      this.#releasing.noticeCollected(store.capacity);
      return false;
    }
    if (!this.stores.has(store)) return false;
    this.#drop(store);
    return true;
  }

  /** Frees all that is idle. @returns how many stores that were. */
  freeIdle(reason: FreeReason): number {
    const idle = this.#stacks.takeAll();
    for (const store of idle) this.#free(store, reason);
    return idle.length;
  }

  /** Frees all that is idle, and from now on all that is given. */
  close(): void {
    this.#accounting.close();
    this.freeIdle('closed');
  }

  /** The process is about to reach its memory limit. */
  relieve(): void {
    this.freeIdle('pressure');
  }

  sweep(): boolean {
    this.#leakWatch.sweep();
    this.#stacks.sweep();
    this.#freeSlice();
    this.#isWatched = this.#accounting.idleBytes > 0 || this.#releasing.isResting;
    this.#accounting.hasFastGives &&= this.#isWatched;
    relieve(this, this.#isWatched);
    return this.#isWatched;
  }

  /** Calls the room listener as time passes, while somebody waits. */
  watchRoom(): void {
    if (this.#isWatched) this.#wantTicks();
  }

  /** What is said where the budget leaves no room for `size` bytes, which take `bytes` more. */
  noRoom(size: number, bytes: number): GivebackError {
    const { lentBytes, idleBytes, maxBytes } = this.#accounting;
    const isEnough = lentBytes + this.releasingBytes + bytes <= maxBytes;
    const resting = idleBytes > 0 && isEnough ? `, ${idleBytes} given back a moment ago` : '';
    const { releasingBytes } = this;
    const releasing = releasingBytes > 0 ? `, ${releasingBytes} not returned yet` : '';
    return new GivebackError(
      'ERR_GIVEBACK_BUDGET',
      `Expected room for ${size} bytes in recycler \`${this.#lender.name}\`, which take ${bytes} more, got ${lentBytes} of ${maxBytes} bytes lent${resting}${releasing}.`,
    );
  }

  #takeIdle(size: number): Store | undefined {
    return this.#takeIntact(() => this.#memory.stackFor(size));
  }

  #takeIntact(stack: () => IdleStack<Store> | undefined): Store | undefined {
    for (;;) {
      const idle = stack()?.pop();
      // A stale reference may have been used to transfer its bytes away, or to resize them.
      if (idle === undefined || idle.bytes?.byteLength === idle.capacity) return idle;
      this.#free(idle, 'lost');
    }
  }

  /** Where nothing can be made or grown any more, an idle store serves that is far too large. */
  #takeLarger(size: number, mayWait: boolean): Store | undefined {
    if (mayWait && !this.#memory.trims) return undefined;
    return this.#takeIntact(() => this.#memory.stackAbove(size));
  }

  /** Makes an idle store as large as it needs to be for `size`; false where the budget leaves no room. */
  #fit(store: Store, size: number): boolean {
    const { capacity } = store;
    const fitting = this.#memory.fit(size, store);
    if (fitting === capacity) return true;
    if (fitting < capacity && (!hasRested(store.tick) || this.#maySpare(capacity - fitting)))
      return true;
    const accounting = this.#accounting;
    // While it is resized it counts as lent, so that making room does not count on it.
    accounting.idleBytes -= capacity;
    try {
      if (!this.#makeRoom(fitting - capacity)) return false;
      this.#allocate(size, () => this.#memory.resize(store.bytes as ArrayBuffer, fitting));
      this.#changeCapacity(store, fitting);
      return true;
    } finally {
      accounting.idleBytes += store.capacity;
    }
  }

  #changeCapacity(store: Store, capacity: number): void {
    this.#accounting.hold(capacity - store.capacity);
    store.capacity = capacity;
    this.#place(store);
  }

  /** Whether so much more may be spare in all stores together. */
  #maySpare(bytes: number): boolean {
    if (this.#accounting.spareBytes + bytes <= this.#allowance) return true;
    this.#wantTicks();
    return false;
  }

  /** How many bytes may be spare. */
  get #allowance(): number {
    return Math.max(LEAST_ALLOWANCE, this.#accounting.lentBytes * ELASTIC_TUNING.spare);
  }

  #watch(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    this.#stacks.startAgeing();
    scavenger.watch(weakly(this));
    relieve(this, true);
    // Whoever waits may have to wait for what has just been given to have rested.
    this.#wantTicks();
  }

  #wantTicks(): void {
    if (this.#hasTicks) return;
    this.#hasTicks = true;
    const reference = new WeakRef(this);
    scavenger.eachTick(() => reference.deref()?.tick() ?? false);
  }

  /** A tick has passed. @returns whether the next one is wanted, too. */
  tick(): boolean {
    if (this.#releasing.isResting) this.#freeSlice();
    if (this.#memory.trims && !this.#maySpare(0)) this.#trimSpare();
    const isAwaited = this.#roomListener.onRoom();
    this.#hasTicks =
      this.#isWatched &&
      (isAwaited || this.#releasing.isResting || (this.#memory.trims && !this.#maySpare(0)));
    return this.#hasTicks;
  }

  /**
   * Takes the largest spares from under their holders, whose views end before them. More than need be:
   * what gets leave spare until the next tick must have room, too.
   */
  #trimSpare(): void {
    const enough = this.#allowance / 2;
    const spare = (store: Store): number => store.capacity - this.#memory.fit(store.size, store);
    const trimmable = [...this.stores]
      .filter((store) => store.isElastic && store.bytes === undefined && hasRested(store.tick))
      .sort((a, b) => spare(b) - spare(a));
    for (const store of trimmable) {
      const bytes = store.reference?.deref();
      if (this.#accounting.spareBytes <= enough || spare(store) <= 0) return;
      // Its holder may have transferred them away.
      if (bytes?.byteLength !== store.capacity) continue;
      const capacity = this.#memory.fit(store.size, store);
      this.#memory.resize(bytes, capacity);
      this.#changeCapacity(store, capacity);
      this.#accounting.leaveIdle(this.#accounting.idleBytes);
    }
  }

  /** A new store, made within the budget. It counts as idle until it is lent. */
  #make(size: number): Store | undefined {
    scavenger.revive();
    if (nearMemoryLimit()) this.freeIdle('pressure');
    const isOversize = size > this.#maxBufferSize;
    const resting = this.#takeResting(size);
    const bytes = resting?.bytes ?? this.#allocateStore(size);
    if (bytes === undefined) return undefined;
    const isElastic = (bytes as { readonly resizable?: boolean }).resizable === true;
    const store = new Store(this.#lender, bytes, isElastic);
    store.capacity = bytes.byteLength;
    // Whoever gave them a moment ago may be using them still.
    if (resting !== undefined) store.tick = resting.tick;
    if (!isOversize) this.#place(store);
    this.#register(store, bytes);
    this.stores.add(store);
    this.makes++;
    this.#accounting.hold(store.capacity);
    this.#accounting.idleBytes += store.capacity;
    if (events.make.hasSubscribers)
      events.make.publish({ recycler: this.#lender.name, bytes: store.capacity });
    return store;
  }

  /** Bytes that were freed a moment ago, of much the same size. They take no room that is not taken yet. */
  #takeResting(size: number): Resting | undefined {
    const least = this.capacityFor(size);
    return this.#releasing.take(
      ({ byteLength }) => byteLength >= least && byteLength <= least * 1.25,
    );
  }

  /** Undefined where the budget leaves no room. */
  #allocateStore(size: number): ArrayBuffer | undefined {
    if (!this.#makeRoom(this.capacityFor(size))) return undefined;
    const { maxBytes, maxIdleBytes } = this.#accounting;
    // Under a budget every byte counts, whether it is resident or not.
    const room = maxBytes === Infinity ? maxIdleBytes : 0;
    return this.#allocate(size, () =>
      size > this.#maxBufferSize ? allocateViewable(size) : this.#memory.make(size, room),
    );
  }

  #register(store: Store, bytes: ArrayBuffer): void {
    this.#leakWatch.register(bytes, store);
    registerStore(bytes);
  }

  /** Says where a store lies when it is idle, after its capacity has changed. */
  #place(store: Store): void {
    store.stack = this.#memory.stackOf(store);
  }

  /** Frees idle stores that have rested until `bytes` more may be held; false where there are too few. */
  #makeRoom(bytes: number): boolean {
    const { maxBytes, lentBytes } = this.#accounting;
    if (maxBytes === Infinity) return true;
    const idleBytes = maxBytes - lentBytes - this.releasingBytes - bytes;
    if (idleBytes < 0) return false;
    this.#evictTo(idleBytes, ({ tick }) => hasRested(tick));
    return this.#accounting.idleBytes <= idleBytes;
  }

  #evictTo(idleBytes: number, may: (store: Store) => boolean): void {
    while (this.#accounting.idleBytes > idleBytes) {
      const oldest = this.#stacks.takeOldest(may);
      if (oldest === undefined) return;
      this.#free(oldest, 'evicted');
    }
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

  /** Returns what has rested, and frees what has idled too long: a slice of time now, the rest soon. */
  #freeSlice(): void {
    const until = performance.now() + SLICE;
    if (this.#releasing.releaseRested(until) && this.#freeAged(until)) return;
    const reference = new WeakRef(this);
    clearTimeout(this.#sliceTimer);
    this.#sliceTimer = setBackgroundTimeout(
      () => reference.deref()?.continueFreeing(),
      BETWEEN_SLICES,
    );
  }

  /** The pause after a slice of time is over. */
  continueFreeing(): void {
    this.#freeSlice();
    this.#roomListener.onRoom();
  }

  /** Frees what has idled too long, until that time. @returns whether there was enough of it. */
  #freeAged(until: number): boolean {
    if (!this.#ages) return true;
    for (let aged = this.#stacks.takeAged(); aged !== undefined; aged = this.#stacks.takeAged()) {
      this.#free(aged, 'aged');
      if (performance.now() > until) return false;
    }
    return true;
  }

  /** Frees a store that was idle and has been taken off its stack. */
  #free(store: Store, reason: FreeReason): void {
    const { capacity } = store;
    this.#accounting.idleBytes -= capacity;
    this.#drop(store);
    this.frees[reason]++;
    this.#releasing.admit(store.bytes as ArrayBuffer, capacity, store.tick);
    // The record is kept until its bytes are collected, which it must not prevent.
    store.bytes = undefined;
    if (this.#releasing.isResting) {
      this.#watch();
      this.#wantTicks();
    }
    if (events.free.hasSubscribers)
      events.free.publish({ recycler: this.#lender.name, reason, bytes: capacity });
  }

  /** A store is held no more. */
  #drop(store: Store): void {
    this.stores.delete(store);
    this.#accounting.hold(-store.capacity);
    this.#accounting.askedBytes -= store.size;
  }
}

/** The platform may have the memory for bytes that no view of it may show. */
function allocateViewable(size: number): ArrayBuffer {
  return new Uint8Array(new ArrayBuffer(size), 0, size).buffer;
}
