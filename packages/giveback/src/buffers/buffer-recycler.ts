import { GivebackError, GivebackTypeError, got } from '../core/errors.ts';
import { events, inOneStep } from '../core/events.ts';
import type { IdleStack } from '../core/idle-stack.ts';
import { traceAbove } from '../core/platform.ts';
import { enlist } from '../core/recyclers.ts';
import { ticks } from '../core/scavenger.ts';
import type { BufferRecyclerStats } from '../core/stats.ts';
import { showStats } from '../core/stats.ts';
import { invalidValue, requiredFunction } from '../core/validate.ts';
import { type AcquireOptions, resolveAcquireOptions } from '../leasing/acquire-options.ts';
import { borrow } from '../leasing/borrow.ts';
import type { BufferPool } from '../leasing/buffer-pool.ts';
import { closed, foreign, notLeased } from '../leasing/errors.ts';
import { growIn } from '../leasing/growth.ts';
import type { LeaseReport } from '../leasing/lease-report.ts';
import type { RecycledBuffer } from '../leasing/recycled-buffer.ts';
import { isStore } from '../leasing/stores.ts';
import * as views from '../leasing/view.ts';
import { Accounting } from './accounting.ts';
import { BudgetWaits } from './budget-waits.ts';
import { LeakWatch } from './leaks.ts';
import type { SizedStack } from './memory/sized-stacks.ts';
import {
  type BufferRecyclerOptions,
  type ResolvedBufferOptions,
  resolveBufferOptions,
} from './options.ts';
import { countersOf, leasesOf, oldestMsOf, statsOf } from './report.ts';
import type { Store } from './store.ts';
import { StorePool } from './store-pool.ts';

// What is imported is looked up, and asked whether it is initialised, at each use; a constant is not.
const { endView, storeOf, viewOf, viewOfResizable } = views;
const bytesOf = views.bytesOf as (view: RecycledBuffer) => ArrayBuffer;

let oldestMs: (recycler: BufferRecycler) => number | undefined;

type HowGiven = Parameters<views.Lender['giveBack']>[1];

/**
 * Recycles buffers of any size: `get` one of exactly the size you need, `give` it back.
 *
 * Whoever is handed a buffer owns it, and gives it back once. Each get makes a view of its own on a
 * recycled store, and a give ends that view for good: it can end nothing any more, whoever has the
 * store by then.
 *
 * The idea is the article's "Recycling memory buffers in Go"; what it adds is any size, a check of
 * every give, limits in bytes, and the real return of memory to the system.
 *
 * @example
 * const buffers = new BufferRecycler({ memory: 'elastic', maxIdleBytes: 256 * 1024 * 1024 });
 * const buffer = buffers.get(8_000_000);
 * await file.read(buffer);
 * buffers.give(buffer);
 */
export class BufferRecycler implements BufferPool, Disposable {
  readonly #accounting: Accounting;
  readonly #options: ResolvedBufferOptions;
  readonly #lender: views.Lender;
  /** What the views become whose leases have ended; each its own where guard `'revoke'` keeps stacks. */
  readonly #ended: views.EndedLease;
  readonly #pool: StorePool;
  readonly #leakWatch: LeakWatch;
  readonly #waits: BudgetWaits;
  /** Where stores of the size lie that was asked for last: found by one comparison. */
  #lastStack: IdleStack<Store> | undefined = undefined;

  /** @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for an option that is not as documented. */
  constructor(options: BufferRecyclerOptions = {}) {
    const resolved = resolveBufferOptions(options);
    const { maxBytes, maxIdleBytes = 0, wipe, guard } = resolved;
    const accounting = new Accounting(maxBytes, maxIdleBytes, wipe || guard === 'revoke');
    this.#accounting = accounting;
    this.#options = resolved;
    this.#lender = {
      name: resolved.name,
      giveBack: (view, how) => this.#giveBack(view, how),
      discard: (view) => this.#discard(view, storeOf(view) as Store, this.#discard),
    };
    this.#ended = new views.EndedLease(this.#lender);
    this.#leakWatch = new LeakWatch(resolved.sampleStacks, accounting, (store) =>
      this.#onCollected(store),
    );
    this.#pool = new StorePool(
      resolved,
      this.#lender,
      accounting,
      this.#leakWatch,
      () => this.#waits,
    );
    this.#waits = new BudgetWaits(
      {
        name: resolved.name,
        maxWaiters: resolved.maxWaiters,
        lend: (size, above, mayWait) => this.#lend(size, above, mayWait),
        grow: (buffer, size, { expected, wanted, isAll }) =>
          buffer === undefined
            ? this.#getFor(size, Math.max(size, expected))
            : this.#resize(buffer, size, views.endUnused, isAll && size === wanted),
      },
      this.#pool,
    );
    growIn(this, () => this.#waits.beginGrowth());
    enlist(this, countersOf(accounting, this.#waits.counts), undefined, oldestMs);
  }

  /** The name given at construction. */
  get name(): string {
    return this.#options.name;
  }

  /** Where its buffers' bytes come from, as given at construction. */
  get memory(): 'fixed' | 'elastic' {
    return this.#options.memory;
  }

  /**
   * A buffer of exactly `size` bytes, contents undefined (zeros or somebody's old bytes; with `wipe`,
   * zeros). It is yours until you give it back. Never blocks.
   *
   * @param size bytes, an integer from 0 up.
   * @throws `ERR_GIVEBACK_BUDGET` when `maxBytes` leaves no room; `ERR_GIVEBACK_MEMORY` when the
   * platform refuses; `ERR_GIVEBACK_CLOSED`; `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for an invalid
   * size. Nothing has changed then, but that idle stores may have been freed to make room.
   */
  get(size: number): RecycledBuffer {
    const buffer = this.#lend(size, this.get, false);
    if (buffer === undefined) throw this.#pool.noRoom(size, this.#pool.capacityFor(size));
    return buffer;
  }

  /** Undefined where the budget leaves no room; `above` is the function to leave out of a sampled stack. */
  #lend(
    size: number,
    above: (...args: never[]) => unknown,
    mayWait: boolean,
  ): RecycledBuffer | undefined {
    const accounting = this.#accounting;
    const stack = size === accounting.lastSize ? this.#lastStack : this.#findStack(size);
    const store = stack === undefined ? undefined : stack.pop();
    if (store === undefined || !fits(store, size))
      return this.#lendSlowly(store, size, above, mayWait);
    // `#lendStore`, written out: V8 does not inline it here, and the call costs a get a tenth more instructions.
    const bytes = store.bytes as ArrayBuffer;
    const buffer = store.isElastic
      ? viewOfResizable(bytes, size, store)
      : viewOf(bytes, 0, size, store);
    store.bytes = undefined;
    if (accounting.lend(store, size)) this.#leakWatch.sample(store, above);
    return buffer;
  }

  /** Where the one that was `found`, if any, does not fit. */
  #lendSlowly(
    found: Store | undefined,
    size: number,
    above: (...args: never[]) => unknown,
    mayWait: boolean,
  ): RecycledBuffer | undefined {
    return inOneStep(() => {
      const store = this.#obtain(found, size, mayWait);
      return store === undefined ? undefined : this.#lendStore(store, size, above);
    });
  }

  #lendStore(store: Store, size: number, above: (...args: never[]) => unknown): RecycledBuffer {
    const bytes = store.bytes as ArrayBuffer;
    const buffer = store.isElastic
      ? viewOfResizable(bytes, size, store)
      : viewOf(bytes, 0, size, store);
    store.bytes = undefined;
    if (this.#accounting.lend(store, size)) this.#leakWatch.sample(store, above);
    return buffer;
  }

  /** A buffer of `size` bytes that is to grow to `expected` in place, as nobody outside of the library has it yet. */
  #getFor(size: number, expected: number): RecycledBuffer {
    this.#checkGet(size);
    const store = this.#pool.obtainFor(size, expected);
    if (store === undefined) return this.get(size);
    return this.#lendTaken(store, size, this.#getFor);
  }

  /** Lends a store that serves `size` bytes of one that grows, which says nothing of others of that size. */
  #lendTaken(store: Store, size: number, above: (...args: never[]) => unknown): RecycledBuffer {
    const { stack } = store;
    // It lies where the get looks first.
    stack?.push(store);
    this.#rememberSize(size, stack);
    const buffer = this.#lend(size, above, false);
    this.#lastStack = undefined;
    return buffer as RecycledBuffer;
  }

  /**
   * Takes back a buffer that is lent, and ends its lease. Never blocks. Do not touch it afterwards, and
   * do not give it while an operation may still be using it: `discard` it then.
   *
   * @returns true when its store is kept, false when it is freed.
   * @throws `ERR_GIVEBACK_NOT_LEASED` once its lease has ended; `ERR_GIVEBACK_FOREIGN` for anything that
   * this recycler never lent, and for a buffer whose bytes were transferred away, which can only be
   * discarded or restored. Nothing has changed then.
   */
  give(buffer: RecycledBuffer): boolean {
    const store = storeOf(buffer) as Store | undefined;
    // Not `buffer.length`: compiled code of Node 20 may tell that of a detached buffer as it was.
    if (
      store === undefined ||
      store.lender !== this.#lender ||
      buffer.byteLength !== store.size ||
      // A view of no bytes does not tell whether its store has any.
      (store.size === 0 && bytesOf(buffer).byteLength === 0)
    )
      throw this.#refusal(buffer, store);
    const accounting = this.#accounting;
    const { stack } = store;
    if (stack === undefined || accounting.idleBytes + store.capacity > accounting.fastIdleBytes)
      return this.#giveSlowly(buffer, store, 'owned');
    store.bytes = endView(buffer, this.#ended) as ArrayBuffer;
    store.tick = ticks.now;
    accounting.takeBack(store);
    stack.push(store);
    return true;
  }

  /**
   * Lends a buffer of `size` bytes to `fn` for the length of its call, or until the promise that it
   * returns has settled; then takes it back, whatever happened. The buffer is detached then: work that
   * comes too late finds length 0, and never somebody else's bytes. A give by hand ends the loan early.
   *
   * @returns what `fn` returns.
   * @throws what `get` throws, and what `fn` throws.
   * @example
   * const sum = await buffers.use(65_536, async (scratch) => checksum(file, scratch));
   */
  use<R>(size: number, fn: (buffer: RecycledBuffer) => R): R {
    requiredFunction('fn', fn);
    return borrow(this.get(size), fn);
  }

  /**
   * A buffer as from `get`, but waits while `maxBytes` leaves no room for it: first come, first served.
   * A wait with a `timeout` or a `signal` keeps the process alive until it ends.
   *
   * @throws (rejects) as `get` does; with the signal's reason; with `ERR_GIVEBACK_TIMEOUT` after
   * `timeout` ms; at once with `ERR_GIVEBACK_BUDGET` if there can never be room, if `maxWaiters` wait
   * already, or, with `timeout: 0`, if it would have to wait.
   */
  async acquire(size: number, options: AcquireOptions = {}): Promise<RecycledBuffer> {
    const resolved = resolveAcquireOptions(options);
    if (resolved.signal?.aborted) throw resolved.signal.reason;
    this.#checkGet(size);
    return this.#waits.acquire(size, resolved, this.acquire);
  }

  /**
   * A lent buffer at another size, contents kept up to the shorter of the two: in place where its store
   * holds `size` bytes, or can be made to (elastic) and no idle one does already; else in another store.
   *
   * @returns the buffer to go on with. The lease of `buffer` itself has ended, unless it has that size.
   * @throws what `get` throws, and what `give` throws; `buffer` is lent still then.
   */
  resize(buffer: RecycledBuffer, size: number): RecycledBuffer {
    return this.#resize(buffer, size, views.endLease, false);
  }

  /** `end` ends the lease of `buffer` where it has moved. `isAll` says that it will probably not grow again. */
  #resize(
    buffer: RecycledBuffer,
    size: number,
    end: (buffer: RecycledBuffer) => void,
    isAll: boolean,
  ): RecycledBuffer {
    const store = this.#storeOfIntact(buffer);
    this.#checkGet(size);
    if (size === store.size) return buffer;
    return inOneStep(() => this.#resizeIntact(buffer, store, size, end, isAll));
  }

  #resizeIntact(
    buffer: RecycledBuffer,
    store: Store,
    size: number,
    end: (buffer: RecycledBuffer) => void,
    isAll: boolean,
  ): RecycledBuffer {
    const bytes = bytesOf(buffer);
    // What lies beyond a lent buffer is zero at every moment, where wiping is wanted.
    if (this.#options.wipe && size < store.size)
      new Uint8Array(bytes, size, store.size - size).fill(0);
    const instead = this.#pool.takeInstead(store, size, isAll);
    if (instead === undefined && this.#pool.grow(store, bytes, size))
      return this.#viewAnew(buffer, store, bytes, size, this.resize);
    const other = this.#moveTo(instead, size);
    other.set(buffer.length > size ? buffer.subarray(0, size) : buffer);
    end(buffer);
    return other;
  }

  /** A buffer for what moves: on the store that was taken `instead` of growing, if there is one. */
  #moveTo(instead: Store | undefined, size: number): RecycledBuffer {
    return instead === undefined ? this.get(size) : this.#lendTaken(instead, size, this.resize);
  }

  /**
   * For a lent buffer whose bytes were transferred away and have come back in `view`, as those of a
   * BYOB read do, or of `postMessage` there and back: a buffer of what `view` shows of them, on the
   * same lease. Every other reference to these bytes, `view` among them, has length 0 from now on.
   *
   * @throws `ERR_GIVEBACK_TYPE` unless `view` begins where `buffer` began, in an array buffer of the
   * same length and kind that is no other buffer's; `ERR_GIVEBACK_FOREIGN` or `ERR_GIVEBACK_NOT_LEASED` for a
   * buffer that is not lent, or still has its bytes. Nothing has changed then.
   */
  restore(buffer: RecycledBuffer, view: ArrayBufferView): RecycledBuffer {
    const store = this.#storeOfLent(buffer);
    if (bytesOf(buffer).byteLength !== 0)
      throw new GivebackError(
        'ERR_GIVEBACK_FOREIGN',
        `Expected a buffer of recycler \`${this.name}\` whose bytes were transferred away, got one that has them.`,
      );
    const bytes = ArrayBuffer.isView(view) ? view.buffer : undefined;
    const isWhole = bytes instanceof ArrayBuffer && bytes.byteLength === store.capacity;
    const isFree = isWhole && view.byteOffset === 0 && !isStore(bytes);
    if (!isFree || !this.#pool.isOfKind(store, bytes))
      throw new GivebackTypeError(
        `Expected \`view\` to be of all that was transferred, ${store.isElastic ? 'a resizable' : 'an'} array buffer of ${store.capacity} bytes, from its beginning, ${got(view)}.`,
      );
    const { byteLength } = view;
    // Whoever had the bytes may have written to any of them.
    if (this.#options.wipe) new Uint8Array(bytes, byteLength).fill(0);
    return this.#viewAnew(buffer, store, bytes, byteLength, this.restore);
  }

  /**
   * Ends the lease of a buffer whose bytes are never to be lent again: they are left to the garbage
   * collector. For a buffer that an operation may still be using, and for one whose bytes were
   * transferred away.
   *
   * @throws `ERR_GIVEBACK_NOT_LEASED` or `ERR_GIVEBACK_FOREIGN`, and nothing has changed.
   */
  discard(buffer: RecycledBuffer): void {
    this.#discard(buffer, this.#storeOfLent(buffer), this.discard);
  }

  /** Whether `value` is a buffer that this recycler has lent, and whose lease has not ended. */
  isLent(value: unknown): value is RecycledBuffer {
    return storeOf(value)?.lender === this.#lender;
  }

  /**
   * Who holds what now: a report a lease, the longest held first. The stack and time are there for the
   * gets that were sampled (`sampleStacks`). Takes a look at every store; costs nothing until called.
   */
  leases(): LeaseReport[] {
    return leasesOf(this.#pool.stores);
  }

  static {
    oldestMs = (recycler) => oldestMsOf(recycler.#pool.stores);
  }

  /**
   * Resolves as soon as nothing is lent: for a graceful stop, after the last request was taken. It does
   * not keep the process alive.
   */
  drained(): Promise<void> {
    return this.#waits.drained();
  }

  /**
   * Frees every idle store now; memory that was in use until a moment ago follows after a rest.
   *
   * @returns how many.
   */
  trim(): number {
    return inOneStep(() => this.#pool.freeIdle('trimmed'));
  }

  /** A frozen snapshot of what the recycler holds and has done. */
  stats(): BufferRecyclerStats {
    return statsOf(this.name, this.#pool, this.#waits);
  }

  /**
   * Frees what is idle, and from now on what is given back; a get throws and whoever waits is rejected
   * with `ERR_GIVEBACK_CLOSED`. Closing again does nothing.
   */
  close(): void {
    inOneStep(() => {
      this.#pool.close();
      this.#waits.refuseAll(closed(this.name));
    });
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The stack to look at first. What is no size, or is made to measure, has none. */
  #findStack(size: number): SizedStack | undefined {
    const { maxBufferSize } = this.#options;
    if (!(Number.isInteger(size) && size >= 0 && size <= maxBufferSize)) return undefined;
    const stack = this.#pool.likely(size);
    this.#rememberSize(size, stack);
    return stack;
  }

  /** A store that fits, where the one that was `found`, if any, does not. */
  #obtain(found: Store | undefined, size: number, mayWait: boolean): Store | undefined {
    if (found !== undefined) found.stack?.push(found);
    this.#checkGet(size);
    const store = this.#pool.obtain(size, mayWait);
    if (store === undefined) return undefined;
    // Most programs ask for the same size again.
    this.#rememberSize(size, store.stack);
    return store;
  }

  #rememberSize(size: number, stack: IdleStack<Store> | undefined): void {
    this.#lastStack = stack;
    this.#accounting.rememberSize(size);
  }

  #checkGet(size: unknown): void {
    if (!Number.isSafeInteger(size) || (size as number) < 0)
      throw invalidValue('size', `an integer from 0 to ${Number.MAX_SAFE_INTEGER}`, size);
    if (this.#accounting.isClosed) throw closed(this.name);
  }

  /** A give that has more to do than to push its store. */
  #giveSlowly(buffer: RecycledBuffer, store: Store, how: HowGiven): boolean {
    return inOneStep(() => this.#takeBack(buffer, store, how));
  }

  #takeBack(buffer: RecycledBuffer, store: Store, how: HowGiven): boolean {
    const { wipe, guard } = this.#options;
    let bytes = bytesOf(buffer);
    if (wipe) new Uint8Array(bytes, 0, store.size).fill(0);
    endView(buffer, this.#endedLease(store, how === 'owned' ? this.give : this.#giveBack));
    if (how === 'detached' || guard === 'revoke') bytes = this.#pool.renew(store, bytes);
    const kept = this.#pool.keep(store, bytes, how === 'unused');
    this.#waits.serve();
    this.#accounting.hasFastGives &&= this.#waits.isEmpty;
    return kept;
  }

  /** The end of a lease that nobody can be told of: see `Lender`. */
  #giveBack(view: RecycledBuffer, how: HowGiven): void {
    const store = storeOf(view) as Store;
    if (bytesOf(view).byteLength !== store.capacity) this.#discard(view, store, this.#giveBack);
    else if (how === 'owned') this.give(view);
    else this.#giveSlowly(view, store, how);
  }

  #discard(view: RecycledBuffer, store: Store, ending: (...args: never[]) => unknown): void {
    const ended = this.#endedLease(store, ending);
    inOneStep(() => {
      this.#pool.discard(store, endView(view, ended) as ArrayBuffer);
      this.#waits.serve();
    });
  }

  /** What is left of the lease that ends; `ending` is the function to leave out of the stack. */
  #endedLease(store: Store, ending: (...args: never[]) => unknown): views.EndedLease {
    if (this.#options.guard !== 'revoke') return this.#ended;
    return new views.EndedLease(this.#lender, store.currentSample?.stack, traceAbove(ending));
  }

  /** The same lease with a view of another size, or of other bytes. */
  #viewAnew(
    buffer: RecycledBuffer,
    store: Store,
    bytes: ArrayBuffer,
    size: number,
    ending: (...args: never[]) => unknown,
  ): RecycledBuffer {
    const isOther = bytes !== bytesOf(buffer);
    endView(buffer, this.#endedLease(store, ending));
    const isRenewed = isOther || this.#options.guard === 'revoke';
    const current = isRenewed ? this.#pool.renew(store, bytes) : bytes;
    const isLess = size < store.size;
    this.#accounting.askAnew(store, size);
    if (isLess) this.#pool.noticeSpare(store);
    return store.isElastic
      ? viewOfResizable(current, size, store)
      : viewOf(current, 0, size, store);
  }

  /** The bytes of a store are gone. If it was lent, nobody can give it back any more: a leak. */
  #onCollected(store: Store): void {
    inOneStep(() => {
      if (this.#pool.noticeCollected(store)) this.#reportLeak(store);
      this.#waits.serve();
    });
  }

  #reportLeak({ capacity: bytes, size, currentSample }: Store): void {
    if (!events.leak.isHeard) return;
    const stack = currentSample?.stack;
    const known = stack === undefined ? {} : { stack };
    events.leak.publish({ recycler: this.name, bytes, size, ...known });
  }

  #storeOfLent(buffer: RecycledBuffer): Store {
    const store = storeOf(buffer) as Store | undefined;
    if (store?.lender !== this.#lender) throw this.#refusal(buffer, store);
    return store;
  }

  /** The same, but it must have its bytes. */
  #storeOfIntact(buffer: RecycledBuffer): Store {
    const store = this.#storeOfLent(buffer);
    if (bytesOf(buffer).byteLength !== store.capacity) throw this.#refusal(buffer, store);
    return store;
  }

  /** Why a lease cannot be ended. */
  #refusal(buffer: unknown, store: views.LeasedStore | undefined): GivebackError {
    if (store instanceof views.EndedLease)
      return store.of === this.#lender ? notLeased(this.name, store) : foreign(this.name, buffer);
    if (store === undefined || store.lender !== this.#lender) return foreign(this.name, buffer);
    return new GivebackError(
      'ERR_GIVEBACK_FOREIGN',
      `Expected a buffer lent by recycler \`${this.name}\`, got one whose bytes were transferred away or resized since: it can only be discarded.`,
    );
  }
}

/**
 * Whether an idle store can be lent for `size` bytes as it is. Its bytes are asked how many they are,
 * because a stale reference may have been used to transfer them away; to catch what the view's constructor
 * throws then would cost as much as the view itself.
 */
function fits(store: Store, size: number): boolean {
  const { byteLength } = store.bytes as ArrayBuffer;
  return size <= byteLength && byteLength > 0;
}

showStats(BufferRecycler);
