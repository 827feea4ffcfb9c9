import type { RecycledBuffer } from '../leasing/recycled-buffer.ts';
import type { Waiter } from '../leasing/wait-queue.ts';
import type { Grower } from './grower.ts';

/** All growing buffers of a recycler that hold something, the oldest first, and sums of what they hold. */
export class GrowersByAge implements Iterable<Grower> {
  /** A Set keeps the order in which they came. */
  readonly #all = new Set<Grower>();
  #claims = 0;
  #heldByWaiting = 0;

  /** Bytes that all of them may need soon, including those that have not grown for a while. */
  get claims(): number {
    return this.#claims;
  }

  /** Bytes that those hold which wait. */
  get heldByWaiting(): number {
    return this.#heldByWaiting;
  }

  get oldestWaiting(): Grower | undefined {
    for (const grower of this.#all) if (grower.waiter !== undefined) return grower;
    return undefined;
  }

  [Symbol.iterator](): Iterator<Grower> {
    return this.#all.values();
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
    this.#claims -= this.#claimOf(grower);
    try {
      return change();
    } finally {
      this.#claims += this.#claimOf(grower);
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
    for (const other of this.#all) {
      if (other === grower) break;
      if (other.waiter !== undefined) return Infinity;
      reserved += other.claimAt(now);
    }
    return reserved;
  }

  #claimOf(grower: Grower): number {
    return this.#all.has(grower) ? grower.claim : 0;
  }
}
