import { GivebackError, GivebackTypeError, got } from '../core/errors.ts';
import { events } from '../core/events.ts';
import type { Shelf } from '../core/idle-stack.ts';
import { detach, traceAbove } from '../core/platform.ts';
import type { BufferRecyclerStats } from '../core/stats.ts';
import { checkNames, checkObject, duration, outOfRange } from '../core/validate.ts';
import type { RecycledBuffer } from '../leasing/recycled-buffer.ts';
import * as views from '../leasing/view.ts';
import { type AcquireOptions, checkSignal, Waiters } from '../leasing/wait-queue.ts';
import { Ledger, NO_SHELF } from './accounting.ts';
import { LeakWatch } from './leaks.ts';
import {
  type BufferRecyclerOptions,
  type ResolvedBufferOptions,
  resolveBufferOptions,
} from './options.ts';
import { type Lender, Store } from './store.ts';
import { Stock } from './store-pool.ts';

// What is imported is looked up, and asked whether it is initialised, at each use; a constant is not.
const { bytesOf, storeOf, storeOfView } = views;

/**
 * Recycles buffers of any size: `get` one of exactly the size you need, `give` it back.
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
export class BufferRecycler implements Lender, Disposable {
  readonly #ledger = new Ledger();
  readonly #options: ResolvedBufferOptions;
  readonly #stock: Stock;
  readonly #leakWatch: LeakWatch;
  readonly #waiters: Waiters;

  /** @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for an option that is not as documented. */
  constructor(options: BufferRecyclerOptions = {}) {
    const resolved = resolveBufferOptions(options);
    const ledger = this.#ledger;
    ledger.maxBytes = resolved.maxBytes;
    ledger.maxIdleBytes = resolved.maxIdleBytes;
    this.#options = resolved;
    this.#leakWatch = new LeakWatch(resolved.leakStacks, ledger, (store) =>
      this.#onCollected(store),
    );
    this.#stock = new Stock(resolved, this, ledger, this.#leakWatch);
    this.#waiters = new Waiters(resolved.name);
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
   * zeros). Never blocks.
   *
   * @param size an integer from 0 up.
   * @throws `ERR_GIVEBACK_BUDGET` when `maxBytes` leaves no room; `ERR_GIVEBACK_MEMORY` when the
   * platform refuses; `ERR_GIVEBACK_CLOSED`; `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for a size
   * that is none. Nothing has changed then, but that idle stores may have been freed to make room.
   */
  get(size: number): RecycledBuffer {
    const ledger = this.#ledger;
    const shelf = size === ledger.lastSize ? ledger.lastShelf : this.#findShelf(size);
    let buffer = shelf.pop();
    // A length that differs is another size, or 0 where a stale reference has detached the bytes.
    if (buffer === undefined || buffer.length !== size) buffer = this.#getFitted(buffer, size);
    const store = storeOfView(buffer);
    store.isLent = true;
    ledger.leaveIdle(ledger.idleBytes - store.capacity);
    if (--ledger.getsToSample === 0) this.#leakWatch.sample(store, this.get);
    return buffer;
  }

  /**
   * Takes back a buffer that is lent. Never blocks. Do not touch it afterwards, and do not give it
   * while an operation may still be writing to it: `discard` it then.
   *
   * @returns true when its store is kept, false when it is freed.
   * @throws `ERR_GIVEBACK_TWICE` or `ERR_GIVEBACK_FOREIGN`, and nothing has changed.
   */
  give(buffer: RecycledBuffer): boolean {
    const store = storeOf(buffer);
    if (
      store === undefined ||
      store.lender !== this ||
      store.isLent !== true ||
      buffer.length !== store.size
    )
      throw this.#refusal(buffer, store);
    const ledger = this.#ledger;
    const gives = ++ledger.gives;
    const { shelf } = store;
    const idleBytes = ledger.idleBytes + store.capacity;
    if (shelf === undefined || idleBytes > ledger.easyIdleBytes)
      return this.#giveSpecially(buffer, store);
    store.isLent = false;
    store.gave = gives;
    ledger.idleBytes = idleBytes;
    shelf.push(buffer);
    return true;
  }

  /**
   * A buffer as from `get`, but waits while `maxBytes` leaves no room for it: first come, first served.
   * Rejects as `get` throws; with the signal's reason; with `ERR_GIVEBACK_TIMEOUT` after `timeout` ms;
   * at once with `ERR_GIVEBACK_BUDGET` if there can never be room, or `maxWaiters` wait already.
   */
  async acquire(size: number, options: AcquireOptions = {}): Promise<RecycledBuffer> {
    checkObject('options', options);
    checkNames(options, ['signal', 'timeout']);
    const timeout = duration('timeout', options.timeout ?? Infinity);
    checkSignal(options.signal);
    if (options.signal?.aborted) throw options.signal.reason;
    this.#checkGet(size);
    const ledger = this.#ledger;
    const { name, maxWaiters } = this.#options;
    const needed = this.#stock.capacityFor(size);
    if (needed > ledger.maxBytes)
      throw new GivebackError(
        'ERR_GIVEBACK_BUDGET',
        `Expected \`size\` to fit into the ${ledger.maxBytes} bytes of recycler \`${name}\`, got ${size}, which takes ${needed}.`,
      );
    if (this.#waiters.count === 0 && this.#hasRoom(size)) return this.get(size);
    if (this.#waiters.count >= maxWaiters)
      throw new GivebackError(
        'ERR_GIVEBACK_BUDGET',
        `Expected at most ${maxWaiters} to wait for recycler \`${name}\`, got one more.`,
      );
    this.#ledger.isEasy = false;
    const served = this.#waiters.join(size, { signal: options.signal, timeout });
    if (events.wait.hasSubscribers)
      events.wait.publish({ recycler: name, size, waiting: this.#waiters.count });
    return served;
  }

  /**
   * A lent buffer at another size, contents kept up to the shorter of the two: in place where its store
   * holds `size` bytes or can be made to (elastic), else in another store.
   *
   * @returns the buffer to go on with. `buffer` itself is given back by this, unless it has that size.
   * @throws what `get` throws, and what `give` throws; `buffer` is lent still then.
   */
  resize(buffer: RecycledBuffer, size: number): RecycledBuffer {
    const store = this.#storeOfLent(buffer);
    if (buffer.length !== store.size) throw this.#refusal(buffer, store);
    this.#checkGet(size);
    const { length } = buffer;
    if (size === length) return buffer;
    const { wipe, guard } = this.#options;
    if (wipe && size < length) Uint8Array.prototype.fill.call(buffer, 0, size);
    const resized = this.#stock.resize(buffer, store, size);
    if (resized !== undefined)
      return guard === 'revoke'
        ? this.#stock.adopt(detach(bytesOf(resized)), size, store)
        : resized;
    const other = this.get(size);
    other.set(length > size ? buffer.subarray(0, size) : buffer);
    this.give(buffer);
    return other;
  }

  /**
   * For a lent buffer whose bytes were transferred away and have come back in `view`, as those of a
   * BYOB read do, or of `postMessage` there and back: a buffer of what `view` shows of them, on the
   * same lending. Every other reference to these bytes, `view` among them, has length 0 from now on.
   *
   * @throws `ERR_GIVEBACK_TYPE` unless `view` begins where `buffer` began, in an array buffer of the
   * same length; `ERR_GIVEBACK_FOREIGN` or `ERR_GIVEBACK_TWICE` for a buffer that is not lent, or still
   * has its bytes. Nothing has changed then.
   */
  adopt(view: ArrayBufferView, buffer: RecycledBuffer): RecycledBuffer {
    const store = this.#storeOfLent(buffer);
    if (bytesOf(buffer).byteLength !== 0)
      throw new GivebackError(
        'ERR_GIVEBACK_FOREIGN',
        `Expected a buffer of recycler \`${this.name}\` whose bytes were transferred away, got one that has them.`,
      );
    const bytes = (view as ArrayBufferView | null)?.buffer;
    const isOurs = bytes instanceof ArrayBuffer && bytes.byteLength === store.capacity;
    if (!isOurs || view.byteOffset !== 0)
      throw new GivebackTypeError(
        `Expected \`view\` to be of all that was transferred, an array buffer of ${store.capacity} bytes, from its beginning, ${got(view)}.`,
      );
    const { byteLength } = view;
    return this.#stock.adopt(detach(bytes), byteLength, store);
  }

  /**
   * Takes a lent buffer out of the recycler for good: it is never reused and never freed explicitly,
   * but left to the garbage collector. For a buffer that an operation may still be writing to, and for
   * one whose bytes were transferred away.
   *
   * @throws `ERR_GIVEBACK_TWICE` or `ERR_GIVEBACK_FOREIGN`, and nothing has changed.
   */
  discard(buffer: RecycledBuffer): void {
    const store = this.#storeOfLent(buffer);
    this.#ledger.discards++;
    this.#stock.lose(store);
    this.#serve();
  }

  /**
   * Frees every idle store now; memory that was in use until a moment ago follows after a rest.
   *
   * @returns how many.
   */
  trim(): number {
    return this.#stock.freeIdle('trimmed');
  }

  /** A frozen snapshot of what the recycler holds and has done. */
  stats(): BufferRecyclerStats {
    const ledger = this.#ledger;
    const { frees, makes, idleCount } = this.#stock;
    const { gets, gives, discards, leaks, lentBytes, idleBytes } = ledger;
    const { peakLentBytes, peakHeldBytes, requestedBytes } = ledger;
    return Object.freeze({
      name: this.name,
      lent: Object.freeze({ count: gets - gives - discards - leaks, bytes: lentBytes }),
      idle: Object.freeze({ count: idleCount, bytes: idleBytes }),
      peak: Object.freeze({ lentBytes: peakLentBytes, heldBytes: peakHeldBytes }),
      gets,
      reuses: gets - makes,
      makes,
      gives,
      frees: Object.freeze({ ...frees }),
      discards,
      leaks,
      waiting: this.#waiters.count,
      waits: this.#waiters.waits,
      timeouts: this.#waiters.timeouts,
      requestedBytes,
    });
  }

  /**
   * Frees what is idle, and from now on what is given back; a get throws and whoever waits is rejected
   * with `ERR_GIVEBACK_CLOSED`. Closing again does nothing.
   */
  close(): void {
    this.#stock.close();
    this.#waiters.rejectAll(this.#closedError());
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The shelf to look at first. What is no size, or has no shelf, finds an empty one. */
  #findShelf(size: number): Shelf<RecycledBuffer> {
    const { maxBufferSize } = this.#options;
    if (!(Number.isInteger(size) && size >= 0 && size <= maxBufferSize)) return NO_SHELF;
    const shelf = this.#stock.shelfOf(size);
    this.#ledger.turnTo(size, shelf);
    return shelf;
  }

  /** A buffer of another size than lay on the first shelf, or from another shelf, or a new one. */
  #getFitted(found: RecycledBuffer | undefined, size: number): RecycledBuffer {
    if (found === undefined) this.#checkGet(size);
    let fitted: RecycledBuffer | undefined;
    for (let idle = found ?? this.#stock.take(size); idle; idle = this.#stock.take(size)) {
      fitted = idle.length === size ? idle : this.#stock.refit(idle, size);
      if (fitted !== undefined) break;
    }
    fitted ??= this.#stock.make(size);
    // Its store may lie elsewhere than where one for its size is looked for first.
    this.#ledger.turnTo(size, storeOfView(fitted).shelf ?? NO_SHELF);
    return fitted;
  }

  #checkGet(size: unknown): void {
    if (!Number.isSafeInteger(size) || (size as number) < 0)
      throw outOfRange('size', `an integer from 0 to ${Number.MAX_SAFE_INTEGER}`, size);
    if (this.#ledger.isClosed) throw this.#closedError();
  }

  /** A give that has more to do than to keep the buffer. */
  #giveSpecially(buffer: RecycledBuffer, store: Store): boolean {
    const { wipe, guard } = this.#options;
    if (wipe) Uint8Array.prototype.fill.call(buffer, 0);
    const kept =
      guard === 'revoke' ? this.#giveRevoked(buffer, store) : this.#stock.keep(buffer, store);
    if (this.#waiters.count > 0) this.#serve();
    this.#ledger.isEasy &&= this.#waiters.count === 0 && !wipe && guard === 'check';
    return kept;
  }

  #storeOfLent(buffer: RecycledBuffer): Store {
    const store = storeOf(buffer);
    if (store === undefined || store.lender !== this || !store.isLent)
      throw this.#refusal(buffer, store);
    return store;
  }

  #giveRevoked(buffer: RecycledBuffer, store: Store): boolean {
    // The bytes get an account of their own, and the old one stays with the old view, to tell whoever
    // gives that again where it was got and given.
    const bytes = detach(bytesOf(buffer));
    const successor = new Store(this, store.capacity, store.shelf);
    store.isLent = false;
    store.lending = { gotAt: store.lending?.gotAt, gaveAt: traceAbove(this.give) };
    const view = this.#stock.view(bytes, store.size, successor);
    return this.#stock.keep(view, successor);
  }

  #hasRoom(size: number): boolean {
    return this.#ledger.allows(this.#stock.capacityFor(size));
  }

  #serve(): void {
    this.#waiters.serve(
      (size) => this.#hasRoom(size),
      (size) => this.get(size),
    );
  }

  /** The bytes of a store are gone. If it was lent, nobody can give it back any more: a leak. */
  #onCollected(store: Store): void {
    if (!store.isLent) return;
    this.#ledger.leaks++;
    const { capacity, size } = store;
    const stack = this.#leakWatch.stackOf(store);
    this.#stock.lose(store);
    if (events.leak.hasSubscribers)
      events.leak.publish({ recycler: this.name, bytes: capacity, size, stack });
    this.#serve();
  }

  /** Why a buffer cannot be given or discarded. */
  #refusal(buffer: unknown, store: Store | undefined): GivebackError {
    const expected = `Expected a buffer lent by recycler \`${this.name}\``;
    if (store === undefined)
      return new GivebackError(
        'ERR_GIVEBACK_FOREIGN',
        `${expected}, ${got(buffer)} that it never lent.`,
      );
    if (store.lender !== undefined && store.lender !== this)
      return new GivebackError(
        'ERR_GIVEBACK_FOREIGN',
        `${expected}, got one of recycler \`${store.lender.name}\`.`,
      );
    if (store.isLent)
      return new GivebackError(
        'ERR_GIVEBACK_FOREIGN',
        `${expected}, got one whose bytes were transferred away since: it can only be discarded.`,
      );
    return new GivebackError(
      'ERR_GIVEBACK_TWICE',
      `${expected}, got one that was given back already.`,
      {
        gotAt: store.lending?.gotAt,
        gaveAt: store.lending?.gaveAt,
      },
    );
  }

  #closedError(): GivebackError {
    return new GivebackError(
      'ERR_GIVEBACK_CLOSED',
      `Expected recycler \`${this.name}\` to be open, got a request after its close().`,
    );
  }
}
