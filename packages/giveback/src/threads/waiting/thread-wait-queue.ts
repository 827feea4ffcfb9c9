import { isMainThread } from 'node:worker_threads';
import { events, inOneStep } from '../../core/events.ts';
import type { ResolvedAcquireOptions } from '../../leasing/acquire-options.ts';
import { timedOut } from '../../leasing/errors.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { type WaitCounts, WaitQueue } from '../../leasing/wait-queue.ts';
import { TIMEOUTS, WAITING, WAITS, WAKE_UPS } from '../memory/layout.ts';
import type { Ownership } from '../owners/ownership.ts';
import { slotAt } from '../owners/thread-slots.ts';
import { POLL_INTERVAL, type WaitOrder } from './wait-order.ts';

/** Where those that wait get their blocks: the recycler. */
export interface BlockSource {
  readonly name: string;
  /** The smallest size class that serves a size. */
  classFor(size: number): number;
  /**
   * A buffer, if a block is idle and this thread is the next to take it. Throws once the recycler is
   * closed.
   */
  take(size: number): RecycledBuffer | undefined;
}

/** Milliseconds between looks. Without `waitAsync` looking is all there is. */
const LOOK_AFTER = 'waitAsync' in Atomics ? POLL_INTERVAL : 2;

/**
 * The acquires of one thread that wait: first come, first served. Only the first of them looks for a block,
 * when the thread is next.
 *
 * It sleeps by `Atomics.waitAsync`, and sets a timer as well, because the thread that was woken may have
 * died, and so may one between its give and its notify. Neither keeps the main thread alive. In a worker
 * the timer does: a worker that has nothing to do but wait for a block would otherwise end silently.
 */
export class ThreadWaitQueue {
  readonly #words: Int32Array;
  readonly #ownership: Ownership;
  readonly #order: WaitOrder;
  readonly #source: BlockSource;
  readonly #queue: WaitQueue;
  readonly #counts: WaitCounts = { waits: 0, timeouts: 0 };
  #timeouts = 0;
  #timer: NodeJS.Timeout | undefined;
  #sleeping = false;

  constructor(words: Int32Array, ownership: Ownership, order: WaitOrder, source: BlockSource) {
    this.#words = words;
    this.#ownership = ownership;
    this.#order = order;
    this.#source = source;
    this.#queue = new WaitQueue(source.name, this.#counts, (_, wasFirst) =>
      this.#onLeave(wasFirst),
    );
  }

  get length(): number {
    return this.#queue.length;
  }

  /** Resolves when it is served. The thread must have a slot. */
  join(size: number, options: ResolvedAcquireOptions): Promise<RecycledBuffer> {
    return inOneStep(() => this.#join(size, options));
  }

  #join(size: number, options: ResolvedAcquireOptions): Promise<RecycledBuffer> {
    Atomics.add(this.#words, WAITS, 1);
    const served = this.#queue.join(size, options);
    this.#count();
    if (events.wait.isHeard)
      events.wait.publish({ recycler: this.#source.name, size, waiting: this.#queue.length });
    if (this.#queue.length === 1) this.#look();
    return served;
  }

  /** The same, but blocks the thread. */
  block(size: number, timeout: number): RecycledBuffer {
    const { name } = this.#source;
    Atomics.add(this.#words, WAITS, 1);
    if (events.wait.isHeard)
      events.wait.publish({ recycler: name, size, waiting: this.#queue.length + 1 });
    const since = performance.now();
    const buffer = this.#blockUntil(since + timeout, size);
    if (buffer !== undefined) {
      if (events.served.isHeard)
        events.served.publish({ recycler: name, size, waitedMs: performance.now() - since });
      return buffer;
    }
    Atomics.add(this.#words, TIMEOUTS, 1);
    if (events.timeout.isHeard)
      events.timeout.publish({ recycler: name, size, timeoutMs: timeout });
    throw timedOut(name, size, timeout);
  }

  #blockUntil(until: number, size: number): RecycledBuffer | undefined {
    const sizeClass = this.#source.classFor(size);
    try {
      for (;;) {
        const seen = this.#order.enter(sizeClass);
        const buffer = this.#source.take(size);
        if (buffer !== undefined) return buffer;
        const left = until - performance.now();
        if (left <= 0) return undefined;
        Atomics.wait(this.#words, WAKE_UPS, seen, Math.min(left, POLL_INTERVAL));
      }
    } finally {
      this.#order.leave();
      // The thread's queue waited by the same number, and needs one to be woken.
      if (this.#queue.length > 0) this.#look();
    }
  }

  refuseAll(reason: unknown): void {
    inOneStep(() => this.#refuseAll(reason));
  }

  #refuseAll(reason: unknown): void {
    this.#queue.refuseAll(reason);
    this.#count();
    this.#order.leave();
    this.#look();
  }

  #onLeave(wasFirst: boolean): void {
    Atomics.add(this.#words, TIMEOUTS, this.#counts.timeouts - this.#timeouts);
    this.#timeouts = this.#counts.timeouts;
    this.#count();
    if (!wasFirst) return;
    this.#order.leave();
    this.#look();
  }

  /** Serves as many as it can, then sleeps if any are left. Those that can never be served are told why. */
  readonly #look = (): void => {
    inOneStep(() => this.#serve());
  };

  #serve(): void {
    const queue = this.#queue;
    for (let waiter = queue.first; waiter !== undefined; waiter = queue.first) {
      try {
        const seen = this.#order.enter(this.#source.classFor(waiter.size));
        const buffer = this.#source.take(waiter.size);
        if (buffer === undefined) {
          this.#sleep(seen);
          return;
        }
        queue.serve(waiter, buffer);
      } catch (error) {
        queue.refuse(waiter, error);
      }
      this.#count();
      this.#order.leave();
    }
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #sleep(seen: number): void {
    if (this.#timer === undefined) {
      this.#timer = setInterval(this.#look, LOOK_AFTER);
      if (isMainThread) this.#timer.unref();
    }
    // One sleep at a time is enough: a wake-up wakes all that sleep, an older sleep too.
    if (this.#sleeping) return;
    const wait = (Atomics as AsyncAtomics).waitAsync?.(this.#words, WAKE_UPS, seen);
    if (wait === undefined) return;
    this.#sleeping = true;
    // Not a microtask, which would starve this thread while others keep changing WAKE_UPS.
    if (!wait.async) setImmediate(this.#awake);
    else wait.value.then(this.#awake);
  }

  readonly #awake = (): void => {
    this.#sleeping = false;
    this.#look();
  };

  /** A thread that waits has a slot: it took one before it joined. */
  #count(): void {
    if (this.#ownership.slot === 0) return;
    Atomics.store(this.#words, slotAt(this.#ownership.slot) + WAITING, this.#queue.length);
  }
}

/** Part of ES2024, which not every runtime has. */
interface AsyncAtomics {
  readonly waitAsync?: (
    words: Int32Array,
    index: number,
    value: number,
  ) => { async: false } | { async: true; value: Promise<unknown> };
}
