import { GivebackError } from '../core/errors.ts';
import { events, inOneStep } from '../core/events.ts';
import type { ResolvedAcquireOptions } from '../leasing/acquire-options.ts';
import { tooManyWaiting } from '../leasing/errors.ts';
import type { Growth, Sizes } from '../leasing/growth.ts';
import type { RecycledBuffer } from '../leasing/recycled-buffer.ts';
import { storeOf } from '../leasing/view.ts';
import { type WaitCounts, WaitQueue } from '../leasing/wait-queue.ts';
import { Growers } from './growers.ts';
import type { Store } from './store.ts';
import type { StorePool } from './store-pool.ts';

/** What waiting needs of its recycler. */
export interface WaitHost {
  readonly name: string;
  readonly maxWaiters: number;
  /** A buffer; undefined if there is no room. `above` is the function to leave out of a sampled stack. */
  lend(
    size: number,
    above: (...args: never[]) => unknown,
    mayWait: boolean,
  ): RecycledBuffer | undefined;
  /**
   * A buffer that nobody outside of the library has had, at another size of those in `sizes`; a new one if
   * `buffer` is undefined.
   */
  grow(buffer: RecycledBuffer | undefined, size: number, sizes: Sizes): RecycledBuffer;
}

/** Those that wait for room in a recycler's budget, and those that wait until nothing is lent. */
export class BudgetWaits {
  readonly #host: WaitHost;
  readonly #pool: StorePool;
  readonly #acquires: WaitQueue;
  readonly #growers: Growers;
  readonly counts: WaitCounts = { waits: 0, timeouts: 0 };
  #drainListeners: (() => void)[] = [];

  constructor(host: WaitHost, pool: StorePool) {
    const { accounting } = pool;
    this.#host = host;
    this.#pool = pool;
    this.#acquires = new WaitQueue(host.name, this.counts, () => this.serve());
    this.#growers = new Growers(
      {
        name: host.name,
        maxBytes: accounting.maxBytes,
        room: () => accounting.maxBytes - accounting.lentBytes - pool.releasing.bytes,
        needFor: (buffer, size) =>
          buffer === undefined
            ? pool.capacityFor(size)
            : pool.needToGrow(storeOf(buffer) as Store, size),
        capacityOf: (buffer) => (storeOf(buffer) as Store).capacity,
        grow: (buffer, size, sizes) => host.grow(buffer, size, sizes),
        acquire: (size, options) => this.acquire(size, options, this.acquire),
        isWaitedFor: () => this.#acquires.length > 0,
        changed: () => {
          this.#noticeGives();
          this.serve();
        },
      },
      this.counts,
    );
  }

  get waiting(): number {
    return this.#acquires.length + this.#growers.waiting;
  }

  /** Whether no give concerns anybody here. */
  get isEmpty(): boolean {
    return this.waiting + this.#drainListeners.length === 0;
  }

  /** See `BufferRecycler.acquire`. `above` is the function to leave out of a sampled stack. */
  async acquire(
    size: number,
    options: ResolvedAcquireOptions,
    above: (...args: never[]) => unknown,
  ): Promise<RecycledBuffer> {
    return inOneStep(() => this.#acquire(size, options, above));
  }

  #acquire(
    size: number,
    options: ResolvedAcquireOptions,
    above: (...args: never[]) => unknown,
  ): RecycledBuffer | Promise<RecycledBuffer> {
    const { name, maxWaiters } = this.#host;
    const needed = this.#pool.capacityFor(size);
    const { maxBytes } = this.#pool.accounting;
    if (needed > maxBytes)
      throw new GivebackError(
        'ERR_GIVEBACK_BUDGET',
        `Expected \`size\` to fit into the ${maxBytes} bytes of recycler \`${name}\`, got ${size}, which takes ${needed}.`,
      );
    const buffer = this.waiting === 0 ? this.#host.lend(size, above, true) : undefined;
    if (buffer !== undefined) return buffer;
    if (options.timeout === 0) throw this.#pool.noRoom(size, needed);
    const acquires = this.#acquires;
    if (acquires.length >= maxWaiters) throw tooManyWaiting(name, maxWaiters);
    const served = acquires.join(size, options);
    this.#noticeGives();
    if (events.wait.isHeard)
      events.wait.publish({ recycler: name, size, waiting: acquires.length });
    return served;
  }

  /** Begins to grow a buffer. */
  beginGrowth(): Growth {
    return this.#growers.begin();
  }

  /** Resolves as soon as nothing is lent. */
  drained(): Promise<void> {
    const { accounting } = this.#pool;
    if (accounting.lentCount === 0) return Promise.resolve();
    accounting.hasFastGives = false;
    return new Promise((resolve) => this.#drainListeners.push(resolve));
  }

  /** Called when something came back: serves those that wait, and resolves `drained` if nothing is lent. */
  serve(): void {
    if (!this.isEmpty) inOneStep(() => this.#serve());
  }

  #serve(): void {
    this.#growers.serve();
    const acquires = this.#acquires;
    for (let waiter = acquires.first; waiter !== undefined; waiter = acquires.first) {
      // Growing buffers, which hold something, are served before acquires, which hold nothing.
      if (this.#growers.waiting > 0) return;
      try {
        const buffer = this.#host.lend(waiter.size, this.serve, true);
        if (buffer === undefined) return;
        acquires.serve(waiter, buffer);
      } catch (error) {
        acquires.refuse(waiter, error);
      }
    }
    if (this.#drainListeners.length > 0 && this.#pool.accounting.lentCount === 0) {
      const listeners = this.#drainListeners;
      this.#drainListeners = [];
      for (const listener of listeners) listener();
    }
  }

  /** Rejects all that wait: the recycler was closed. */
  refuseAll(reason: unknown): void {
    this.#acquires.refuseAll(reason);
    this.#growers.refuseAll(reason);
  }

  /** From now on looks for room at every give and every tick. */
  #noticeGives(): void {
    this.#pool.accounting.hasFastGives = false;
    // A growing buffer says as well that its wait has ended.
    if (this.waiting > 0) this.#pool.watchRoom();
  }
}
