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
  /** Whoever waits with something in hand. */
  readonly holder: Holder | undefined;
}

/** Knows its place in the queue while it waits. */
export interface Holder {
  waiter?: Waiter | undefined;
}

interface Waiting extends Waiter, Queued<Waiting> {
  settle(outcome: { readonly buffer: RecycledBuffer } | { readonly reason: unknown }): void;
}

/**
 * The acquires that wait, first come, first served. It knows when one leaves by itself, because of its
 * timeout or signal; when one can be served is its owner's business.
 */
export class WaitQueue {
  readonly #name: string;
  readonly #onLeave: (waiter: Waiter, wasFirst: boolean) => void;
  readonly #queue = new Queue<Waiting>();
  /** Acquires so far that had to wait. */
  waits = 0;
  /** Those of them that gave up after their timeout. */
  timeouts = 0;

  /** `onLeave` is called after a waiter has left that was not served: the next one's turn may have come. */
  constructor(name: string, onLeave: (waiter: Waiter, wasFirst: boolean) => void) {
    this.#name = name;
    this.#onLeave = onLeave;
  }

  get length(): number {
    return this.#queue.length;
  }

  /** The waiter whose turn it is. */
  get first(): Waiter | undefined {
    return this.#queue.first;
  }

  /** Waits until `serve` is called for it. */
  join(
    size: number,
    { signal, timeout }: ResolvedAcquireOptions,
    holder?: Holder,
  ): Promise<RecycledBuffer> {
    this.waits++;
    return new Promise((resolve, reject) => {
      const waiter: Waiting = {
        size,
        holder,
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
      const giveUp = (): void => {
        // It may have been served while others gave up.
        if (!waiter.isQueued) return;
        this.timeouts++;
        leave(timedOut(this.#name, size, timeout));
      };
      const stopSignal = onAbort(signal, () => leave(signal?.reason));
      // Also where only the signal can end the wait, because a signal keeps no process alive.
      const isEnding = timeout !== Infinity || signal !== undefined;
      const stopTimer = isEnding ? setLongTimeout(() => callDue(giveUp), timeout) : undefined;
      this.#queue.add(waiter);
      if (holder !== undefined) holder.waiter = waiter;
    });
  }

  /** Hands a waiter what it waited for. */
  serve(waiter: Waiter, buffer: RecycledBuffer): void {
    if (this.#queue.delete(waiter as Waiting)) (waiter as Waiting).settle({ buffer });
  }

  /** Tells a waiter why it waits no more. */
  refuse(waiter: Waiter, reason: unknown): void {
    if (this.#queue.delete(waiter as Waiting)) (waiter as Waiting).settle({ reason });
  }

  refuseAll(reason: unknown): void {
    for (let waiter = this.first; waiter !== undefined; waiter = this.first)
      this.refuse(waiter, reason);
  }
}
