import { isMainThread } from 'node:worker_threads';
import { events } from '../core/events.ts';
import { setBackgroundTimeout } from '../core/platform.ts';
import type { Signal } from '../core/signal.ts';
import type { RecycledBuffer } from '../leasing/recycled-buffer.ts';
import { TIMEOUTS, WAITING, WAITS, WAKE } from './layout.ts';
import { timedOut } from './refusals.ts';
import { slotAt } from './slots.ts';
import { PATIENCE, type Turns } from './turns.ts';

/** How one acquire or getSync tries. */
export interface Attempt {
  /** Bytes wanted. */
  readonly size: number;
  /** The smallest shelf that has them. */
  readonly shelf: number;
}

interface Waiter extends Attempt {
  resolve(buffer: RecycledBuffer): void;
  reject(reason: unknown): void;
}

/** What the recycler does for those that wait. */
export interface Waited {
  readonly name: string;
  /** The buffer, if one is idle and it is this thread's turn. Throws once the recycler is closed. */
  take(attempt: Attempt): RecycledBuffer | undefined;
}

const LONGEST_DELAY = 2 ** 31 - 1;

/** Milliseconds between looks. Without `waitAsync` looking is all there is. */
const LOOK_AFTER = 'waitAsync' in Atomics ? PATIENCE : 2;

/**
 * The acquires of one thread that wait: first come, first served; only the first one looks, with the
 * thread's ticket.
 *
 * The sleep is `Atomics.waitAsync`, and a timer as well, because a thread that is woken may have
 * died, and so may one between its give and its notify. `waitAsync` does not keep a thread alive, nor
 * does the timer in the main thread. In a worker it does: else a worker that has nothing
 * else to do than wait for a block would end there and then, without a word.
 */
export class Waiting {
  readonly #words: Int32Array;
  readonly #turns: Turns;
  readonly #at: number;
  readonly #waited: Waited;
  readonly #queue = new Set<Waiter>();
  #timer: NodeJS.Timeout | undefined;
  #sleeping = false;

  constructor(words: Int32Array, slot: number, turns: Turns, waited: Waited) {
    this.#words = words;
    this.#turns = turns;
    this.#at = slotAt(slot) + WAITING;
    this.#waited = waited;
  }

  get length(): number {
    return this.#queue.size;
  }

  /** Resolves when it is served. */
  join(attempt: Attempt, signal: Signal | undefined, timeout: number): Promise<RecycledBuffer> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter = {
        ...attempt,
        resolve(buffer) {
          leave();
          resolve(buffer);
        },
        reject(reason) {
          leave();
          reject(reason);
        },
      };
      const onAbort = (): void => this.#reject(waiter, signal?.reason);
      const onTimeout = (): void => {
        Atomics.add(this.#words, TIMEOUTS, 1);
        this.#reject(waiter, timedOut(this.#waited.name, attempt.size, timeout));
      };
      const timer = timeout > LONGEST_DELAY ? undefined : setBackgroundTimeout(onTimeout, timeout);
      signal?.addEventListener('abort', onAbort);
      this.#add(waiter);
    });
  }

  /** The same, blocking the thread. */
  block(attempt: Attempt, timeout: number): RecycledBuffer {
    const words = this.#words;
    const until = performance.now() + timeout;
    Atomics.add(words, WAITS, 1);
    try {
      for (;;) {
        const seen = this.#turns.enter(attempt.shelf);
        const buffer = this.#waited.take(attempt);
        if (buffer !== undefined) return buffer;
        const left = until - performance.now();
        if (left <= 0) break;
        Atomics.wait(words, WAKE, seen, Math.min(left, PATIENCE));
      }
    } finally {
      this.#turns.leave();
      // The turn was that of the thread's queue as well, which nobody would wake without one.
      if (this.#queue.size > 0) this.#look();
    }
    Atomics.add(words, TIMEOUTS, 1);
    throw timedOut(this.#waited.name, attempt.size, timeout);
  }

  rejectAll(reason: unknown): void {
    const waiters = [...this.#queue];
    this.#queue.clear();
    this.#count();
    for (const waiter of waiters) waiter.reject(reason);
    this.#turns.leave();
    this.#look();
  }

  #add(waiter: Waiter): void {
    this.#queue.add(waiter);
    this.#count();
    Atomics.add(this.#words, WAITS, 1);
    if (events.wait.hasSubscribers) {
      const { name } = this.#waited;
      events.wait.publish({ recycler: name, size: waiter.size, waiting: this.#queue.size });
    }
    if (this.#queue.size === 1) this.#look();
  }

  /** Tells one that waits why it waits no more; nothing if it was served already. */
  #reject(waiter: Waiter, reason: unknown): void {
    const wasFirst = first(this.#queue) === waiter;
    if (!this.#queue.delete(waiter)) return;
    this.#count();
    waiter.reject(reason);
    if (!wasFirst) return;
    this.#turns.leave();
    this.#look();
  }

  /** Serves whom it can; then sleeps, if anybody is left. Whoever cannot be served is told why. */
  readonly #look = (): void => {
    for (let waiter = first(this.#queue); waiter !== undefined; waiter = first(this.#queue)) {
      const seen = this.#turns.enter(waiter.shelf);
      let buffer: RecycledBuffer | undefined;
      try {
        buffer = this.#waited.take(waiter);
      } catch (error) {
        this.#queue.delete(waiter);
        waiter.reject(error);
      }
      if (buffer !== undefined) {
        this.#queue.delete(waiter);
        waiter.resolve(buffer);
      } else if (this.#queue.has(waiter)) {
        this.#sleep(seen);
        return;
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
    const wait = waitAsync?.(this.#words, WAKE, seen);
    if (wait === undefined) return;
    this.#sleeping = true;
    // Not a microtask: while others keep changing WAKE, the rest of this thread must get on.
    if (!wait.async) setImmediate(this.#awake);
    else wait.value.then(this.#awake);
  }

  readonly #awake = (): void => {
    this.#sleeping = false;
    this.#look();
  };

  #count(): void {
    Atomics.store(this.#words, this.#at, this.#queue.size);
  }
}

type WaitAsync = (
  words: Int32Array,
  index: number,
  value: number,
) => { async: false } | { async: true; value: Promise<unknown> };

const { waitAsync } = Atomics as { waitAsync?: WaitAsync };

function first<T>(set: ReadonlySet<T>): T | undefined {
  for (const value of set) return value;
  return undefined;
}
