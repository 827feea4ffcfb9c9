import { Queue } from '../core/queue.ts';
import type { RecycledBuffer } from '../leasing/recycled-buffer.ts';
import type { Waiter } from '../leasing/wait-queue.ts';
import type { Grower } from './grower.ts';

/** All growing buffers of a recycler that hold something, the oldest first, and sums of what they hold. */
export class GrowersByAge {
  readonly #all = new Queue<Grower>();
  #claims = 0;
  #heldByWaiting = 0;

  get oldest(): Grower | undefined {
    return this.#all.first;
  }

  get youngest(): Grower | undefined {
    return this.#all.last;
  }

  get oldestWaiting(): Grower | undefined {
    let oldest = this.#all.first;
    while (oldest !== undefined && oldest.waiter === undefined) oldest = oldest.after;
    return oldest;
  }

  /** Bytes that all of them may need soon, including those that have not grown for a while. */
  get claims(): number {
    return this.#claims;
  }

  /** Bytes that those hold which wait. */
  get heldByWaiting(): number {
    return this.#heldByWaiting;
  }

  /** Called inside `recount`. */
  add(grower: Grower): void {
    this.#all.add(grower);
  }

  delete(grower: Grower): void {
    if (this.#all.delete(grower)) this.#claims -= grower.claim;
  }

  /** Makes a change to `grower`, and keeps the sum of all claims right. */
  recount<T>(grower: Grower, change: () => T): T {
    this.#claims -= grower.isQueued ? grower.claim : 0;
    try {
      return change();
    } finally {
      this.#claims += grower.isQueued ? grower.claim : 0;
    }
  }

  /** `grower` begins to wait with `buffer` in hand. */
  startWaiting(grower: Grower, waiter: Waiter, buffer: RecycledBuffer | undefined): void {
    grower.waiter = waiter;
    grower.buffer = buffer;
    this.#heldByWaiting += grower.held;
  }

  /** `grower` no longer waits. */
  stopWaiting(grower: Grower): void {
    grower.waiter = undefined;
    grower.buffer = undefined;
    this.#heldByWaiting -= grower.held;
  }

  /** Bytes to be left to those older than `grower`; `Infinity` if one of them waits. */
  reservedBefore(grower: Grower): number {
    const now = performance.now();
    let reserved = 0;
    let other = this.#all.first;
    for (; other !== undefined && other !== grower; other = other.after) {
      if (other.waiter !== undefined) return Infinity;
      reserved += other.claimAt(now);
    }
    return reserved;
  }
}
