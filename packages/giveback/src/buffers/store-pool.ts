import { GivebackError } from '../core/errors.ts';
import { events } from '../core/events.ts';
import { type Shelf, TURNS } from '../core/idle-stack.ts';
import { release } from '../core/platform.ts';
import { type Ageing, scavenger, weakly } from '../core/scavenger.ts';
import type { FreeReason } from '../core/stats.ts';
import type { RecycledBuffer } from '../leasing/recycled-buffer.ts';
import { bytesOf, retire, storeOfView, viewOf } from '../leasing/view.ts';
import type { Ledger } from './accounting.ts';
import { Shelves } from './idle-stacks.ts';
import type { LeakWatch } from './leaks.ts';
import { ElasticMemory } from './memory/elastic.ts';
import { FixedMemory } from './memory/fixed.ts';
import type { Memory } from './memory/memory.ts';
import { nearMemoryLimit } from './memory/pressure.ts';
import { Quarantine } from './memory/quarantine.ts';
import type { ResolvedBufferOptions } from './options.ts';
import { type Lender, Store } from './store.ts';

/** Without ageing a turn still comes this often while something is idle, for quarantine and pressure. */
const SLOWEST_TURN = 15_000;

/**
 * All the stores of a recycler: makes them, keeps the idle ones within the budget, ages and frees
 * them. It does not know who may give what; that is the recycler's part.
 */
export class Stock implements Ageing {
  readonly turn: number;
  readonly #ledger: Ledger;
  readonly #memory: Memory;
  readonly #lender: Lender;
  readonly #maxBufferSize: number;
  readonly #ages: boolean;
  readonly #shelves = new Shelves();
  readonly #quarantine = new Quarantine();
  readonly #leakWatch: LeakWatch;
  readonly frees: Record<FreeReason, number> = {
    full: 0,
    oversize: 0,
    aged: 0,
    trimmed: 0,
    pressure: 0,
    evicted: 0,
    closed: 0,
  };
  makes = 0;
  #watched = false;
  /** What was given up to that give had been left alone for the whole turn that ended last. */
  #rested = 0;
  #givesAtTurn = 0;

  constructor(
    options: ResolvedBufferOptions,
    lender: Lender,
    ledger: Ledger,
    leakWatch: LeakWatch,
  ) {
    const Memories = options.memory === 'elastic' ? ElasticMemory : FixedMemory;
    this.#memory = new Memories(this.#shelves, options.maxBufferSize);
    this.#lender = lender;
    this.#maxBufferSize = options.maxBufferSize;
    this.#ages = options.idleTimeout !== Infinity;
    this.turn = this.#ages ? options.idleTimeout / TURNS : SLOWEST_TURN;
    this.#ledger = ledger;
    this.#leakWatch = leakWatch;
  }

  get idleCount(): number {
    return this.#shelves.count();
  }

  /** The bytes that a new store for `size` bytes would hold at least. */
  capacityFor(size: number): number {
    return size > this.#maxBufferSize ? size : this.#memory.capacityFor(size);
  }

  /** The shelf of the idle store that serves `size` bytes; for a size up to `maxBufferSize`. */
  shelfOf(size: number): Shelf<RecycledBuffer> {
    return this.#memory.shelfOf(size);
  }

  /** An idle view whose store can serve `size` bytes: as it is where its length is `size`. */
  take(size: number): RecycledBuffer | undefined {
    return size > this.#maxBufferSize ? undefined : this.#memory.shelfOf(size).pop();
  }

  /** Lays the view that the latest give brought on its shelf, or frees it. @returns whether it is kept. */
  keep(view: RecycledBuffer, store: Store): boolean {
    const ledger = this.#ledger;
    const { shelf, capacity } = store;
    store.isLent = false;
    store.gave = ledger.gives;
    ledger.idleBytes += capacity;
    if (shelf === undefined || capacity > ledger.maxIdleBytes) return this.#refuse(view, store);
    shelf.push(view);
    if (ledger.idleBytes > ledger.maxIdleBytes) this.#evictTo(ledger.maxIdleBytes);
    if (!this.#watched) this.#watch();
    ledger.isEasy = true;
    return true;
  }

  /** A new store, made within the budget. It counts as idle until it is lent. */
  make(size: number): RecycledBuffer {
    if (nearMemoryLimit()) this.freeIdle('pressure');
    const toMeasure = size > this.#maxBufferSize;
    this.#makeRoom(this.capacityFor(size), size);
    const { maxBytes, maxIdleBytes } = this.#ledger;
    // Under a budget every byte counts, whether it is resident or not.
    const room = maxBytes === Infinity ? maxIdleBytes : 0;
    const bytes = this.#allocate(size, () =>
      toMeasure ? new ArrayBuffer(size) : this.#memory.make(size, room),
    );
    const shelf = toMeasure ? undefined : this.#memory.shelfFor(bytes);
    const store = new Store(this.#lender, bytes.byteLength, shelf);
    this.makes++;
    this.#hold(store.capacity);
    this.#ledger.idleBytes += store.capacity;
    if (events.make.hasSubscribers)
      events.make.publish({ recycler: this.#lender.name, bytes: store.capacity });
    return this.view(bytes, size, store);
  }

  /** A new view of `size` bytes on a store that was taken; the old one is retired. */
  refit(view: RecycledBuffer, size: number): RecycledBuffer | undefined {
    const store = storeOfView(view);
    const bytes = bytesOf(view);
    if (bytes.byteLength !== store.capacity) {
      // A stale reference was used to transfer the bytes away: what is left cannot be lent.
      this.#free(view, store, 'evicted');
      return undefined;
    }
    const capacity = this.#memory.fit(size, store.capacity, bytes);
    if (capacity !== store.capacity) this.#resize(view, store, capacity, size);
    retire(view);
    store.size = size;
    return viewOf(bytes, size, store);
  }

  #resize(view: RecycledBuffer, store: Store, capacity: number, size: number): void {
    const bytes = bytesOf(view);
    const before = store.capacity;
    const ledger = this.#ledger;
    // While it is resized it counts as lent, so that making room does not count on it.
    ledger.idleBytes -= before;
    try {
      this.#makeRoom(capacity - before, size);
      this.#allocate(size, () => this.#memory.resize(bytes, capacity));
    } catch (error) {
      ledger.idleBytes += before;
      store.shelf?.push(view);
      throw error;
    }
    store.capacity = capacity;
    store.shelf = this.#memory.shelfFor(bytes);
    this.#hold(capacity - before);
    ledger.idleBytes += capacity;
  }

  /**
   * A view of `size` bytes on the store of a lent one, which is retired; undefined where the store
   * cannot hold them. A store never shrinks under its holder: what is lent next time decides.
   */
  resize(view: RecycledBuffer, store: Store, size: number): RecycledBuffer | undefined {
    const bytes = bytesOf(view);
    if (size > store.capacity && !this.#grow(bytes, store, size)) return undefined;
    retire(view);
    store.size = size;
    return viewOf(bytes, size, store);
  }

  #grow(bytes: ArrayBuffer, store: Store, size: number): boolean {
    const capacity = size > this.#maxBufferSize ? 0 : this.#memory.fit(size, store.capacity, bytes);
    if (capacity < size) return false;
    const ledger = this.#ledger;
    this.#makeRoom(capacity - store.capacity, size);
    this.#allocate(size, () => this.#memory.resize(bytes, capacity));
    this.#hold(capacity - store.capacity);
    ledger.leaveIdle(ledger.idleBytes);
    store.capacity = capacity;
    store.shelf = this.#memory.shelfFor(bytes);
    return true;
  }

  /** A view on what came back of a lent store whose bytes were transferred away, and on its account. */
  adopt(bytes: ArrayBuffer, size: number, lent: Store): RecycledBuffer {
    const shelf = lent.shelf && this.#memory.shelfFor(bytes);
    const store = new Store(this.#lender, lent.capacity, shelf);
    const { isLent, gave, sampled, lending } = lent;
    Object.assign(store, { isLent, gave, sampled, lending });
    // The old bytes are no leak when they are collected.
    lent.isLent = false;
    return this.view(bytes, size, store);
  }

  /** A view on bytes that have just become `store`'s. */
  view(bytes: ArrayBuffer, size: number, store: Store): RecycledBuffer {
    this.#leakWatch.register(bytes, store);
    store.size = size;
    return viewOf(bytes, size, store);
  }

  /** A store that is not lent any more, and not idle either: discarded or leaked. */
  lose(store: Store): void {
    store.isLent = false;
    this.#ledger.hold(-store.capacity);
  }

  /** Frees all that is idle. @returns how many stores that were. */
  freeIdle(reason: FreeReason): number {
    const idle = this.#shelves.takeAll();
    for (const view of idle) this.#free(view, storeOfView(view), reason);
    return idle.length;
  }

  /** Frees all that is idle, and from now on all that is given. */
  close(): void {
    this.#ledger.close();
    this.freeIdle('closed');
  }

  endTurn(): boolean {
    this.#leakWatch.endTurn();
    this.#quarantine.endTurn();
    this.#rested = this.#givesAtTurn;
    this.#givesAtTurn = this.#ledger.gives;
    if (this.#ages)
      for (const view of this.#shelves.endTurn()) this.#free(view, storeOfView(view), 'aged');
    if (nearMemoryLimit()) this.freeIdle('pressure');
    this.#watched = this.#ledger.idleBytes > 0 || !this.#quarantine.isEmpty;
    this.#ledger.isEasy &&= this.#watched;
    return this.#watched;
  }

  #watch(): void {
    this.#watched = true;
    this.#rested = 0;
    this.#givesAtTurn = 0;
    this.#shelves.startTurns();
    scavenger.watch(weakly(this));
  }

  #makeRoom(bytes: number, size: number): void {
    const ledger = this.#ledger;
    if (!ledger.allows(bytes))
      throw new GivebackError(
        'ERR_GIVEBACK_BUDGET',
        `Expected room for ${size} bytes in recycler \`${this.#lender.name}\`, got ${ledger.lentBytes} of ${ledger.maxBytes} bytes lent.`,
      );
    if (ledger.lacks(bytes)) this.#evictTo(ledger.maxBytes - ledger.lentBytes - bytes);
  }

  #evictTo(idleBytes: number): void {
    while (this.#ledger.idleBytes > idleBytes) {
      const oldest = this.#shelves.takeOldest();
      if (oldest === undefined) return;
      this.#free(oldest, storeOfView(oldest), 'evicted');
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
      throw new GivebackError(
        'ERR_GIVEBACK_MEMORY',
        `Expected the platform to allocate ${size} bytes for recycler \`${this.#lender.name}\`, got a refusal, also after all that was idle had been freed.`,
        { cause },
      );
    }
  }

  #refuse(view: RecycledBuffer, store: Store): false {
    const reason = this.#ledger.isClosed
      ? 'closed'
      : store.shelf === undefined
        ? 'oversize'
        : 'full';
    this.#free(view, store, reason);
    return false;
  }

  /** Frees a store that was idle and has been taken off its shelf. */
  #free(view: RecycledBuffer, store: Store, reason: FreeReason): void {
    const { capacity } = store;
    const rested = store.gave <= this.#rested;
    this.#ledger.idleBytes -= capacity;
    this.#hold(-capacity);
    this.frees[reason]++;
    const bytes = bytesOf(view);
    if (rested) release(bytes);
    else this.#rest(bytes);
    if (events.free.hasSubscribers)
      events.free.publish({ recycler: this.#lender.name, reason, bytes: capacity });
  }

  #rest(bytes: ArrayBuffer): void {
    this.#quarantine.admit(bytes);
    if (!this.#watched && !this.#quarantine.isEmpty) this.#watch();
  }

  #hold(bytes: number): void {
    const ledger = this.#ledger;
    ledger.hold(bytes);
    this.#quarantine.shrinkTo(ledger.peakHeldBytes - ledger.heldBytes);
  }
}
