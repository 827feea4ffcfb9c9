import { isMainThread } from 'node:worker_threads';
import { events } from '../../core/events.ts';
import type { ResolvedAcquireOptions } from '../../leasing/acquire-options.ts';
import { timedOut } from '../../leasing/errors.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { WaitQueue } from '../../leasing/wait-queue.ts';
import { TIMEOUTS, WAITING, WAITS, WAKE_UPS } from '../memory/layout.ts';
import type { Ownership } from '../owners/ownership.ts';
import { slotAt } from '../owners/thread-slots.ts';
import { PATIENCE, type Turns } from './turns.ts';

/** What the recycler does for those that wait. */
export interface Waited {
  readonly name: string;
  /** The smallest size class that serves a size. */
  classFor(size: number): number;
  /** The buffer, if one is idle and it is this thread's turn. Throws once the recycler is closed. */
  take(size: number): RecycledBuffer | undefined;
}

/** Milliseconds between looks. Without `waitAsync` looking is all there is. */
const LOOK_AFTER = 'waitAsync' in Atomics ? PATIENCE : 2;

/**
 * The acquires of one thread that wait: first come, first served. Only the first one looks, in the thread's
 * turn.
 *
 * The sleep is `Atomics.waitAsync`, and a timer as well, because a thread that is woken may have died, and
 * so may one between its give and its notify. `waitAsync` does not keep a thread alive, nor does the
 * timer in the main thread. In a worker it does: else a worker that has nothing else to do than
 * wait for a block would end there and then, without a word.
 */
export class Acquires {
  readonly #words: Int32Array;
  readonly #ownership: Ownership;
  readonly #turns: Turns;
  readonly #waited: Waited;
  readonly #queue: WaitQueue;
  #timeouts = 0;
  #timer: NodeJS.Timeout | undefined;
  #sleeping = false;

  constructor(words: Int32Array, ownership: Ownership, turns: Turns, waited: Waited) {
    this.#words = words;
    this.#ownership = ownership;
    this.#turns = turns;
    this.#waited = waited;
    this.#queue = new WaitQueue(waited.name, (_, wasFirst) => this.#onLeave(wasFirst));
  }

  get length(): number {
    return this.#queue.length;
  }

  /** Resolves when it is served. The thread must have a slot. */
  join(size: number, options: ResolvedAcquireOptions): Promise<RecycledBuffer> {
    Atomics.add(this.#words, WAITS, 1);
    const served = this.#queue.join(size, options);
    this.#count();
    if (events.wait.hasSubscribers)
      events.wait.publish({ recycler: this.#waited.name, size, waiting: this.#queue.length });
    if (this.#queue.length === 1) this.#look();
    return served;
  }

  /** The same, blocking the thread. */
  block(size: number, timeout: number): RecycledBuffer {
    const words = this.#words;
    const until = performance.now() + timeout;
    const sizeClass = this.#waited.classFor(size);
    Atomics.add(words, WAITS, 1);
    try {
      for (;;) {
        const seen = this.#turns.enter(sizeClass);
        const buffer = this.#waited.take(size);
        if (buffer !== undefined) return buffer;
        const left = until - performance.now();
        if (left <= 0) break;
        Atomics.wait(words, WAKE_UPS, seen, Math.min(left, PATIENCE));
      }
    } finally {
      this.#turns.leave();
      // The turn was that of the thread's queue as well, which nobody would wake without one.
      if (this.#queue.length > 0) this.#look();
    }
    Atomics.add(words, TIMEOUTS, 1);
    throw timedOut(this.#waited.name, size, timeout);
  }

  refuseAll(reason: unknown): void {
    this.#queue.refuseAll(reason);
    this.#count();
    this.#turns.leave();
    this.#look();
  }

  #onLeave(wasFirst: boolean): void {
    Atomics.add(this.#words, TIMEOUTS, this.#queue.timeouts - this.#timeouts);
    this.#timeouts = this.#queue.timeouts;
    this.#count();
    if (!wasFirst) return;
    this.#turns.leave();
    this.#look();
  }

  /** Serves whom it can; then sleeps, if anybody is left. Whoever cannot be served is told why. */
  readonly #look = (): void => {
    const queue = this.#queue;
    for (let waiter = queue.first; waiter !== undefined; waiter = queue.first) {
      try {
        const seen = this.#turns.enter(this.#waited.classFor(waiter.size));
        const buffer = this.#waited.take(waiter.size);
        if (buffer === undefined) {
          this.#sleep(seen);
          return;
        }
        queue.serve(waiter, buffer);
      } catch (error) {
        queue.refuse(waiter, error);
      }
      this.#count();
      this.#turns.leave();
    }
    clearInterval(this.#timer);
    this.#timer = undefined;
  };

  #sleep(seen: number): void {
    if (this.#timer === undefined) {
      this.#timer = setInterval(this.#look, LOOK_AFTER);
      if (isMainThread) this.#timer.unref();
    }
    // One sleep at a time: whoever is woken is all who sleep, so an older one wakes as well.
    if (this.#sleeping) return;
    const wait = (Atomics as AsyncAtomics).waitAsync?.(this.#words, WAKE_UPS, seen);
    if (wait === undefined) return;
    this.#sleeping = true;
    // Not a microtask: while others keep changing WAKE_UPS, the rest of this thread must get on.
    if (!wait.async) setImmediate(this.#awake);
    else wait.value.then(this.#awake);
  }

  readonly #awake = (): void => {
    this.#sleeping = false;
    this.#look();
  };

  /** Whoever waits has a slot: it was taken before it joined. */
  #count(): void {
    if (this.#ownership.slot === 0) return;
    Atomics.store(this.#words, slotAt(this.#ownership.slot) + WAITING, this.#queue.length);
  }
}

/** What ES2024 adds, and not every runtime has. */
interface AsyncAtomics {
  readonly waitAsync?: (
    words: Int32Array,
    index: number,
    value: number,
  ) => { async: false } | { async: true; value: Promise<unknown> };
}
