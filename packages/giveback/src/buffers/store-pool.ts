import { GivebackError } from '../core/errors.ts';
import { events } from '../core/events.ts';
import type { IdleStack } from '../core/idle-stack.ts';
import { SWEEPS } from '../core/idle-stack.ts';
import { detach, release } from '../core/platform.ts';
import { type Ageing, scavenger, weakly } from '../core/scavenger.ts';
import type { FreeReason } from '../core/stats.ts';
import { refusedMemory } from '../leasing/errors.ts';
import { registerStore } from '../leasing/stores.ts';
import type { Lender } from '../leasing/view.ts';
import type { Accounting } from './accounting.ts';
import { IdleStacks } from './idle-stacks.ts';
import type { LeakWatch } from './leaks.ts';
import { ElasticMemory } from './memory/elastic.ts';
import { FixedMemory } from './memory/fixed.ts';
import type { Memory } from './memory/memory.ts';
import { nearMemoryLimit } from './memory/pressure.ts';
import { Quarantine } from './memory/quarantine.ts';
import type { ResolvedBufferOptions } from './options.ts';
import { Store } from './store.ts';

/** Without ageing a sweep still comes this often while something is idle, for quarantine and pressure. */
const SLOWEST_SWEEP = 15_000;

/**
 * All the stores of a recycler: makes them, keeps the idle ones within the budget, ages and frees
 * them. It does not know who may give what; that is the recycler's part.
 */
export class StorePool implements Ageing {
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
  readonly #quarantine = new Quarantine();
  readonly #leakWatch: LeakWatch;
  #watched = false;
  /** Gives up to this number were idle for the whole last sweep. */
  #rested = 0;
  #givesAtSweep = 0;

  constructor(
    options: ResolvedBufferOptions,
    lender: Lender,
    accounting: Accounting,
    leakWatch: LeakWatch,
  ) {
    const Memories = options.memory === 'elastic' ? ElasticMemory : FixedMemory;
    this.#memory = new Memories(this.#stacks, options.maxBufferSize);
    this.#lender = lender;
    this.#maxBufferSize = options.maxBufferSize;
    this.#ages = options.idleTimeout !== Infinity;
    this.interval = this.#ages ? options.idleTimeout / SWEEPS : SLOWEST_SWEEP;
    this.#accounting = accounting;
    this.#leakWatch = leakWatch;
  }

  get idleCount(): number {
    return this.#stacks.count();
  }

  /** The bytes that a new store for `size` bytes would hold at least. */
  capacityFor(size: number): number {
    return size > this.#maxBufferSize ? size : this.#memory.capacityFor(size);
  }

  /** The stack of the idle store that serves `size` bytes; for a size up to `maxBufferSize`. */
  stackFor(size: number): IdleStack<Store> {
    return this.#memory.stackFor(size);
  }

  /** A store to be lent for `size` bytes: an idle one, resized if need be, else a new one. Counts as idle. */
  obtain(size: number): Store {
    const idle = size > this.#maxBufferSize ? undefined : this.#takeIdle(size);
    if (idle === undefined) return this.#make(size);
    const fitting = this.#memory.fit(size, idle);
    if (fitting !== idle.capacity) this.#resizeIdle(idle, fitting, size);
    return idle;
  }

  #takeIdle(size: number): Store | undefined {
    for (;;) {
      const idle = this.#memory.stackFor(size).pop();
      if (idle === undefined || idle.bytes?.byteLength === idle.capacity) return idle;
      this.drop(idle);
    }
  }

  /** Keeps or frees the store that the latest give brought, with its bytes. @returns whether it is kept. */
  keep(store: Store, bytes: ArrayBuffer): boolean {
    const accounting = this.#accounting;
    const { stack, capacity } = store;
    store.bytes = bytes;
    store.since = accounting.gives;
    accounting.idleBytes += capacity;
    if (stack === undefined || capacity > accounting.maxIdleBytes) return this.#refuse(store);
    stack.push(store);
    if (accounting.idleBytes > accounting.maxIdleBytes) this.#evictTo(accounting.maxIdleBytes);
    if (!this.#watched) this.#watch();
    accounting.hasFastGives = true;
    return true;
  }

  /** A store that lay idle turned out to be unusable: somebody has transferred its bytes away. */
  drop(store: Store): void {
    this.#free(store, 'lost');
  }

  /** Makes a lent store hold `size` bytes in place; false where it cannot. It never shrinks under its holder. */
  grow(store: Store, bytes: ArrayBuffer, size: number): boolean {
    const { capacity } = store;
    if (size <= capacity) return true;
    const larger = this.#grownTo(store, size);
    if (larger < size) return false;
    this.#makeRoom(larger - capacity, size);
    this.#allocate(size, () => this.#memory.resize(bytes, larger));
    this.#accounting.hold(larger - capacity);
    this.#accounting.leaveIdle(this.#accounting.idleBytes);
    store.capacity = larger;
    this.#place(store);
    return true;
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
    return renewed;
  }

  /** A store is held no more, and its bytes are left to the collector: discarded. */
  lose(store: Store): void {
    this.stores.delete(store);
    this.#accounting.hold(-store.capacity);
  }

  /** The bytes of a store were collected. @returns whether it was lent, and so has leaked. */
  noticeCollected(store: Store): boolean {
    if (!this.stores.has(store)) return false;
    this.lose(store);
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

  sweep(): boolean {
    this.#leakWatch.sweep();
    this.#quarantine.sweep();
    this.#rested = this.#givesAtSweep;
    this.#givesAtSweep = this.#accounting.gives;
    if (this.#ages) for (const store of this.#stacks.sweep()) this.#free(store, 'aged');
    if (nearMemoryLimit()) this.freeIdle('pressure');
    this.#watched = this.#accounting.idleBytes > 0 || !this.#quarantine.isEmpty;
    this.#accounting.hasFastGives &&= this.#watched;
    return this.#watched;
  }

  #watch(): void {
    this.#watched = true;
    this.#rested = 0;
    this.#givesAtSweep = 0;
    this.#stacks.startAgeing();
    scavenger.watch(weakly(this));
  }

  /** A new store, made within the budget. It counts as idle until it is lent. */
  #make(size: number): Store {
    if (nearMemoryLimit()) this.freeIdle('pressure');
    const isOversize = size > this.#maxBufferSize;
    this.#makeRoom(this.capacityFor(size), size);
    const { maxBytes, maxIdleBytes } = this.#accounting;
    // Under a budget every byte counts, whether it is resident or not.
    const room = maxBytes === Infinity ? maxIdleBytes : 0;
    const bytes = this.#allocate(size, () =>
      isOversize ? allocateViewable(size) : this.#memory.make(size, room),
    );
    const isElastic = (bytes as { readonly resizable?: boolean }).resizable === true;
    const store = new Store(this.#lender, bytes, isElastic);
    store.capacity = bytes.byteLength;
    if (!isOversize) this.#place(store);
    this.#register(store, bytes);
    this.stores.add(store);
    this.makes++;
    this.#hold(store.capacity);
    this.#accounting.idleBytes += store.capacity;
    if (events.make.hasSubscribers)
      events.make.publish({ recycler: this.#lender.name, bytes: store.capacity });
    return store;
  }

  #register(store: Store, bytes: ArrayBuffer): void {
    this.#leakWatch.register(bytes, store);
    registerStore(bytes);
  }

  /** After its capacity was set. */
  #place(store: Store): void {
    store.least = this.#memory.leastFor(store);
    store.stack = this.#memory.stackOf(store);
  }

  #resizeIdle(store: Store, capacity: number, size: number): void {
    const before = store.capacity;
    const accounting = this.#accounting;
    // While it is resized it counts as lent, so that making room does not count on it.
    accounting.idleBytes -= before;
    try {
      this.#makeRoom(capacity - before, size);
      this.#allocate(size, () => this.#memory.resize(store.bytes as ArrayBuffer, capacity));
    } catch (error) {
      accounting.idleBytes += before;
      store.stack?.push(store);
      throw error;
    }
    store.capacity = capacity;
    this.#place(store);
    this.#hold(capacity - before);
    accounting.idleBytes += capacity;
  }

  #makeRoom(bytes: number, size: number): void {
    const accounting = this.#accounting;
    if (!accounting.allows(bytes)) throw this.noRoom(size, bytes);
    if (accounting.lacks(bytes)) this.#evictTo(accounting.maxBytes - accounting.lentBytes - bytes);
  }

  /** What is said where the budget leaves no room for `size` bytes, which take `bytes` more. */
  noRoom(size: number, bytes: number): GivebackError {
    const { lentBytes, maxBytes } = this.#accounting;
    return new GivebackError(
      'ERR_GIVEBACK_BUDGET',
      `Expected room for ${size} bytes in recycler \`${this.#lender.name}\`, which take ${bytes} more, got ${lentBytes} of ${maxBytes} bytes lent.`,
    );
  }

  #evictTo(idleBytes: number): void {
    while (this.#accounting.idleBytes > idleBytes) {
      const oldest = this.#stacks.takeOldest();
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

  #refuse(store: Store): false {
    const reason = this.#accounting.isClosed
      ? 'closed'
      : store.stack === undefined
        ? 'oversize'
        : 'full';
    this.#free(store, reason);
    return false;
  }

  /** Frees a store that was idle and has been taken off its stack. */
  #free(store: Store, reason: FreeReason): void {
    const { capacity } = store;
    const bytes = store.bytes as ArrayBuffer;
    // The record is kept for as long as its bytes are there, and must not keep them from the collector.
    store.bytes = undefined;
    this.stores.delete(store);
    this.#accounting.idleBytes -= capacity;
    this.#hold(-capacity);
    this.frees[reason]++;
    if (store.since <= this.#rested) release(bytes);
    else this.#rest(bytes);
    if (events.free.hasSubscribers)
      events.free.publish({ recycler: this.#lender.name, reason, bytes: capacity });
  }

  #rest(bytes: ArrayBuffer): void {
    this.#quarantine.admit(bytes);
    if (!this.#watched && !this.#quarantine.isEmpty) this.#watch();
  }

  #hold(bytes: number): void {
    const accounting = this.#accounting;
    accounting.hold(bytes);
    this.#quarantine.shrinkTo(accounting.peakHeldBytes - accounting.heldBytes);
  }
}

/** The platform may have the memory for bytes that no view of it may show. */
function allocateViewable(size: number): ArrayBuffer {
  return new Uint8Array(new ArrayBuffer(size), 0, size).buffer;
}
