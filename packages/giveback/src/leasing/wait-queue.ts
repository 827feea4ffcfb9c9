import { events, inOneStep } from '../core/events.ts';
import { callDue } from '../core/overdue.ts';
import { setLongTimeout } from '../core/platform.ts';
import { Queue, type Queued } from '../core/queue.ts';
import { onAbort } from '../core/signal.ts';
import type { ResolvedAcquireOptions } from './acquire-options.ts';
import { timedOut } from './errors.ts';
import type { RecycledBuffer } from './recycled-buffer.ts';

/** An acquire that waits. */
export interface Waiter {
  /** Bytes wanted. */
  readonly size: number;
  /** The growing buffer that waits; undefined if nothing is held while waiting. */
  readonly holder: Holder | undefined;
}

/** What holds a buffer while it waits for a larger one. It knows its waiter. */
export interface Holder {
  waiter?: Waiter | undefined;
}

/** How many have waited. It refers to nothing, so that it can outlive the recycler. */
export interface WaitCounts {
  /** Acquires so far that had to wait. */
  waits: number;
  /** Of those, how many gave up after their timeout. */
  timeouts: number;
}

interface Entry extends Waiter, Queued<Entry> {
  /** When the wait began, by `performance.now()`: known if anybody listened then. */
  readonly since: number | undefined;
  settle(outcome: { readonly buffer: RecycledBuffer } | { readonly reason: unknown }): void;
}

/**
 * The acquires that wait, first come, first served. The queue ends a wait whose timeout or signal says so.
 * Its owner knows when a waiter can be served.
 */
export class WaitQueue {
  readonly #name: string;
  readonly #onLeave: (waiter: Waiter, wasFirst: boolean) => void;
  readonly #counts: WaitCounts;
  readonly #queue = new Queue<Entry>();

  /** `onLeave` is called after a waiter has left without being served: the next one may be served now. */
  constructor(
    name: string,
    counts: WaitCounts,
    onLeave: (waiter: Waiter, wasFirst: boolean) => void,
  ) {
    this.#name = name;
    this.#counts = counts;
    this.#onLeave = onLeave;
  }

  get length(): number {
    return this.#queue.length;
  }

  /** The waiter to be served next. */
  get first(): Waiter | undefined {
    return this.#queue.first;
  }

  /** Adds a waiter. Resolves when `serve` is called for it, and rejects when `refuse` is. */
  join(
    size: number,
    { signal, timeout }: ResolvedAcquireOptions,
    holder?: Holder,
  ): Promise<RecycledBuffer> {
    this.#counts.waits++;
    return new Promise((resolve, reject) => {
      const waiter: Entry = {
        size,
        holder,
        since: events.served.isHeard ? performance.now() : undefined,
        settle: (outcome) => {
          stopTimer?.();
          stopSignal();
          if ('buffer' in outcome) resolve(outcome.buffer);
          else reject(outcome.reason);
        },
      };
      const leave = (reason: unknown): void => {
        const wasFirst = this.first === waiter;
        this.refuse(waiter, reason);
        this.#onLeave(waiter, wasFirst);
      };
      const timeOut = (): void => {
        this.#counts.timeouts++;
        leave(timedOut(this.#name, size, timeout));
        if (events.timeout.isHeard)
          events.timeout.publish({ recycler: this.#name, size, timeoutMs: timeout });
      };
      const giveUp = (): void => {
        // It may have been served while others gave up.
        if (waiter.isQueued) inOneStep(timeOut);
      };
      const stopSignal = onAbort(signal, () => inOneStep(() => leave(signal?.reason)));
      // A timer even if only the signal can end the wait, because a signal does not keep the process alive.
      const isEnding = timeout !== Infinity || signal !== undefined;
      const stopTimer = isEnding ? setLongTimeout(() => callDue(giveUp), timeout) : undefined;
      this.#queue.add(waiter);
      if (holder !== undefined) holder.waiter = waiter;
    });
  }

  /** Removes a waiter and resolves its promise. */
  serve(waiter: Waiter, buffer: RecycledBuffer): void {
    const entry = waiter as Entry;
    if (!this.#queue.delete(entry)) return;
    entry.settle({ buffer });
    if (!events.served.isHeard) return;
    const { size, since } = entry;
    const waited = since === undefined ? {} : { waitedMs: performance.now() - since };
    events.served.publish({ recycler: this.#name, size, ...waited });
  }

  /** Removes a waiter and rejects its promise. */
  refuse(waiter: Waiter, reason: unknown): void {
    if (this.#queue.delete(waiter as Entry)) (waiter as Entry).settle({ reason });
  }

  refuseAll(reason: unknown): void {
    for (let waiter = this.first; waiter !== undefined; waiter = this.first)
      this.refuse(waiter, reason);
  }
}
