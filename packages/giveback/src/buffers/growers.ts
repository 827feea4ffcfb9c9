import { isSpent } from '../core/errors.ts';
import { events, inOneStep } from '../core/events.ts';
import { setBackgroundTimeout } from '../core/platform.ts';
import { onAbort, throwIfAborted } from '../core/signal.ts';
import type { ResolvedAcquireOptions } from '../leasing/acquire-options.ts';
import type { Growth } from '../leasing/growth.ts';
import type { RecycledBuffer } from '../leasing/recycled-buffer.ts';
import { type WaitCounts, type Waiter, WaitQueue } from '../leasing/wait-queue.ts';
import { CLAIM_LASTS, Grower, type GrowthHost } from './grower.ts';
import { GrowersByAge } from './growers-by-age.ts';

/** Ends growths that were dropped without being ended. */
const forgotten = new FinalizationRegistry<() => void>((end) => end());

/**
 * The buffers of a recycler that grow as bytes come. Each holds what it has while it waits for more, so if
 * they were served as they ask, they could end up waiting for each other for ever. Three rules prevent
 * that:
 *
 * - **Order.** Those that wait are served by age, that is in the order in which they began to hold something,
 *   and before all acquires, which hold nothing: the oldest is likely to finish first.
 * - **Reserve.** A younger one gets only what leaves each older one as much again as it holds. So a budget is
 *   not spread over many buffers none of which can finish.
 * - **Refusal.** If the oldest that waits could not be served even if everything else came back, the youngest
 *   that wait are refused until it could. So the oldest always finishes.
 */
export class Growers {
  readonly #host: GrowthHost;
  readonly #queue: WaitQueue;
  readonly #all = new GrowersByAge();
  #isServing = false;
  #isAwaitingClaims = false;

  constructor(host: GrowthHost, counts: WaitCounts) {
    this.#host = host;
    this.#queue = new WaitQueue(host.name, counts, (waiter) => {
      this.#all.stopWaiting(waiter.holder as Grower);
      host.changed();
    });
  }

  get waiting(): number {
    return this.#queue.length;
  }

  begin(): Growth {
    const grower = new Grower(this.#host);
    const end = (reason?: unknown): void => inOneStep(() => this.#end(grower, reason));
    const growth: Growth = {
      grow: (buffer, sizes, options) => {
        throwIfAborted(options.signal);
        return inOneStep(() => {
          this.#all.recount(grower, () => {
            grower.ask(buffer, sizes);
            if (grower.besides > 0) this.#all.add(grower);
          });
          try {
            return buffer === undefined && grower.besides === 0
              ? this.#first(grower, options)
              : this.#next(grower, options);
          } finally {
            if (grower.waiter === undefined) grower.buffer = undefined;
          }
        });
      },
      end: (reason) => {
        forgotten.unregister(grower);
        end(reason);
      },
    };
    forgotten.register(growth, end, grower);
    return growth;
  }

  refuseAll(reason: unknown): void {
    for (let each = this.#all.oldest; each !== undefined; each = each.after)
      this.#refuse(each, reason);
  }

  /** Called when something came back or a waiter left: serves as many as the rules allow. */
  serve(): void {
    // A buffer that moves gives back its old store, which calls this again.
    if (this.#isServing || this.#queue.length === 0) return;
    this.#isServing = true;
    try {
      while (this.#serveNext());
      this.#refuseYoungest();
    } finally {
      this.#isServing = false;
    }
  }

  /** The first buffer, for which it waits as any acquire does. */
  #first(
    grower: Grower,
    options: ResolvedAcquireOptions,
  ): RecycledBuffer | Promise<RecycledBuffer> {
    const { signal, timeout } = options;
    const size = grower.sizeIn(this.#host.room(), timeout !== 0);
    const isFree = this.#queue.length === 0 && !this.#host.isWaitedFor();
    const first =
      size !== undefined && (isFree || timeout === 0)
        ? this.#growIfRested(grower, undefined, size, timeout !== 0)
        : undefined;
    if (first !== undefined) return first;
    const awaited = grower.sizeToWaitFor;
    // Throws, and says what there is no room for.
    if (timeout === 0) return this.#grow(grower, undefined, awaited);
    const stop = new AbortController();
    grower.stop = stop;
    const off = onAbort(signal, () => stop.abort(signal?.reason));
    return this.#host
      .acquire(awaited, { signal: stop.signal, timeout })
      .then((buffer) => {
        if (grower.isOver) return buffer;
        this.#all.recount(grower, () => {
          grower.hold(buffer);
          this.#all.add(grower);
        });
        return buffer;
      })
      .finally(off);
  }

  #next(grower: Grower, options: ResolvedAcquireOptions): RecycledBuffer | Promise<RecycledBuffer> {
    const { buffer, sizes } = grower;
    const canWait = options.timeout !== 0;
    const room = this.#host.room() - (canWait ? this.#reservedBefore(grower) : 0);
    const size = grower.sizeIn(room, canWait);
    const grown =
      size === undefined ? undefined : this.#growIfRested(grower, buffer, size, canWait);
    if (grown !== undefined) return grown;
    grower.checkPossible();
    // Throws, and says what there is no room for.
    if (!canWait) return this.#grow(grower, buffer, sizes.least);
    const served = this.#queue.join(grower.sizeToWaitFor, options, grower);
    this.#all.startWaiting(grower, grower.waiter as Waiter, buffer);
    const { name } = this.#host;
    if (events.wait.isHeard)
      events.wait.publish({ recycler: name, size: grower.sizeToWaitFor, waiting: this.waiting });
    this.#host.changed();
    return served;
  }

  /** Serves the oldest that waits, if the rules allow it. @returns whether it was served. */
  #serveNext(): boolean {
    const now = performance.now();
    let room = this.#host.room();
    for (let grower = this.#all.oldest; grower !== undefined; grower = grower.after) {
      const { waiter, buffer } = grower;
      if (waiter === undefined) {
        room -= grower.claimAt(now);
        continue;
      }
      const size = grower.sizeIn(room, true);
      if (size === undefined) {
        if (grower.need <= this.#host.room()) this.#awaitClaims();
        return false;
      }
      this.#all.stopWaiting(grower);
      try {
        const larger = this.#growIfRested(grower, buffer, size, true);
        if (larger === undefined) {
          this.#all.startWaiting(grower, waiter, buffer);
          return false;
        }
        this.#queue.serve(waiter, larger);
      } catch (error) {
        this.#queue.refuse(waiter, error);
      }
      return true;
    }
    return false;
  }

  /** See *Refusal*. */
  #refuseYoungest(): void {
    const oldest = this.#all.oldestWaiting;
    if (oldest === undefined) return;
    const { need } = oldest;
    const most = (): number => this.#host.maxBytes - this.#all.heldByWaiting;
    if (need <= most()) return;
    for (let each = this.#all.youngest; each !== oldest && need > most(); each = each?.before)
      this.#refuse(each as Grower, (each as Grower).crowdedOut());
  }

  /** See *Reserve*. */
  #reservedBefore(grower: Grower): number {
    // Usually nobody waits, and there is room for all.
    const room = this.#host.room() - this.#all.claims;
    const isAmple = grower.sizeIn(room, true) === grower.sizes.wanted;
    return this.#queue.length === 0 && isAmple ? 0 : this.#all.reservedBefore(grower);
  }

  #grow(grower: Grower, buffer: RecycledBuffer | undefined, size: number): RecycledBuffer {
    return this.#all.recount(grower, () => {
      const larger = grower.grow(buffer, size);
      this.#all.add(grower);
      return larger;
    });
  }

  #end(grower: Grower, reason: unknown): void {
    grower.isOver = true;
    grower.stop?.abort(reason);
    this.#refuse(grower, reason);
    this.#all.delete(grower);
    if (this.#queue.length > 0) this.#host.changed();
  }

  #refuse(grower: Grower, reason: unknown): void {
    const { waiter } = grower;
    if (waiter === undefined) return;
    this.#all.stopWaiting(grower);
    this.#queue.refuse(waiter, reason);
  }

  /**
   * Grows; undefined if it can wait, and there will be room once what was given a moment ago has rested.
   */
  #growIfRested(
    grower: Grower,
    buffer: RecycledBuffer | undefined,
    size: number,
    canWait: boolean,
  ): RecycledBuffer | undefined {
    try {
      return this.#grow(grower, buffer, size);
    } catch (error) {
      if (canWait && isSpent(error)) return undefined;
      throw error;
    }
  }

  /** There is room, but reserved for others: looks again when their reserve has expired. */
  #awaitClaims(): void {
    if (this.#isAwaitingClaims) return;
    this.#isAwaitingClaims = true;
    setBackgroundTimeout(() => {
      this.#isAwaitingClaims = false;
      this.#host.changed();
    }, CLAIM_LASTS);
  }
}
