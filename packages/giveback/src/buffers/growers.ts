import { events } from '../core/events.ts';
import { setBackgroundTimeout } from '../core/platform.ts';
import { Queue } from '../core/queue.ts';
import { onAbort, throwIfAborted } from '../core/signal.ts';
import type { ResolvedAcquireOptions } from '../leasing/acquire-options.ts';
import type { Growth } from '../leasing/growth.ts';
import type { RecycledBuffer } from '../leasing/recycled-buffer.ts';
import { type Waiter, WaitQueue } from '../leasing/wait-queue.ts';
import { CLAIM_LASTS, Grower, type Home } from './grower.ts';

/** What was neither finished nor discarded grows no more. */
const forgotten = new FinalizationRegistry<() => void>((end) => end());

/**
 * The buffers of a recycler that grow as bytes come, and wait for more with what they have in hand. They
 * would wait for each other for ever if whoever asks were given what is left. Three rules:
 *
 * - **Order.** Those that wait are served in the order in which they began to hold something, the oldest
 *   first, and before all that hold nothing: what is finished soonest comes back soonest.
 * - **Reserve.** A younger one gets only what leaves to each older one as much again as it holds. So a
 *   budget is not spread thinly over many of whom none can finish.
 * - **Refusal.** If the oldest could not be served even if all came back but what those who wait hold,
 *   the youngest of these is refused, until it could. So the oldest always finishes.
 */
export class Growers {
  readonly #home: Home;
  readonly #queue: WaitQueue;
  /** Those that hold something, the oldest first. */
  readonly #all = new Queue<Grower>();
  /** What all of them may need soon, of those included that have not grown for a while. */
  #claims = 0;
  #heldByWaiting = 0;
  #isServing = false;
  #isAwaitingClaims = false;

  constructor(home: Home) {
    this.#home = home;
    this.#queue = new WaitQueue(home.name, (waiter) => {
      this.#leave(waiter.holder as Grower);
      home.changed();
    });
  }

  get waiting(): number {
    return this.#queue.length;
  }

  get waits(): number {
    return this.#queue.waits;
  }

  get timeouts(): number {
    return this.#queue.timeouts;
  }

  begin(): Growth {
    const grower = new Grower(this.#home);
    const end = (reason?: unknown): void => this.#end(grower, reason);
    const growth: Growth = {
      grow: (buffer, sizes, options) => {
        throwIfAborted(options.signal);
        this.#recount(grower, () => {
          grower.buffer = buffer;
          grower.sizes = sizes;
        });
        try {
          return buffer === undefined ? this.#first(grower, options) : this.#next(grower, options);
        } finally {
          if (grower.waiter === undefined) grower.buffer = undefined;
        }
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
    for (let each = this.#all.first; each !== undefined; each = each.after)
      this.#refuse(each, reason);
  }

  /** Something came back, or somebody left: serves those that wait as far as the rules allow. */
  serve(): void {
    // What moves gives back what it had, which brings it here again.
    if (this.#isServing || this.#queue.length === 0) return;
    this.#isServing = true;
    try {
      while (this.#serveNext());
      this.#refuseYoungest();
    } finally {
      this.#isServing = false;
    }
  }

  /** Who holds nothing yet waits as any other. */
  #first(
    grower: Grower,
    options: ResolvedAcquireOptions,
  ): RecycledBuffer | Promise<RecycledBuffer> {
    const { signal, timeout } = options;
    const size = grower.sizeIn(this.#home.room(), timeout !== 0);
    const isFree = this.#queue.length === 0 && !this.#home.isWaitedFor();
    const first =
      size !== undefined && (isFree || timeout === 0)
        ? this.#growIfRested(grower, undefined, size, timeout !== 0)
        : undefined;
    if (first !== undefined) return first;
    const awaited = grower.sizeToWaitFor;
    // Which throws, and says what there is no room for.
    if (timeout === 0) return this.#grow(grower, undefined, awaited);
    const stop = new AbortController();
    grower.stop = stop;
    const off = onAbort(signal, () => stop.abort(signal?.reason));
    return this.#home
      .acquire(awaited, { signal: stop.signal, timeout })
      .then((buffer) => {
        if (grower.isOver) return buffer;
        this.#recount(grower, () => {
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
    const room = this.#home.room() - (canWait ? this.#reservedBefore(grower) : 0);
    const size = grower.sizeIn(room, canWait);
    const grown =
      size === undefined ? undefined : this.#growIfRested(grower, buffer, size, canWait);
    if (grown !== undefined) return grown;
    grower.checkPossible();
    // Which throws, and says what there is no room for.
    if (!canWait) return this.#grow(grower, buffer, sizes.least);
    const served = this.#queue.join(grower.sizeToWaitFor, options, grower);
    this.#heldByWaiting += grower.held;
    const { name } = this.#home;
    if (events.wait.hasSubscribers)
      events.wait.publish({ recycler: name, size: grower.sizeToWaitFor, waiting: this.waiting });
    this.#home.changed();
    return served;
  }

  /** Whether one more was served. */
  #serveNext(): boolean {
    const now = performance.now();
    let room = this.#home.room();
    for (let grower = this.#all.first; grower !== undefined; grower = grower.after) {
      const { waiter, buffer } = grower;
      if (waiter === undefined) {
        room -= grower.claimAt(now);
        continue;
      }
      const size = grower.sizeIn(room, true);
      if (size === undefined) {
        if (grower.need <= this.#home.room()) this.#awaitClaims();
        return false;
      }
      this.#leave(grower);
      try {
        const larger = this.#growIfRested(grower, buffer, size, true);
        if (larger === undefined) {
          this.#enter(grower, waiter, buffer);
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
    const oldest = this.#oldestWaiting();
    if (oldest === undefined) return;
    const { need } = oldest;
    const most = (): number => this.#home.maxBytes - this.#heldByWaiting;
    if (need <= most()) return;
    for (let each = this.#all.last; each !== oldest && need > most(); each = each?.before)
      this.#refuse(each as Grower, (each as Grower).crowdedOut());
  }

  #oldestWaiting(): Grower | undefined {
    let oldest = this.#all.first;
    while (oldest !== undefined && oldest.waiter === undefined) oldest = oldest.after;
    return oldest;
  }

  /** What is left to those before it; `Infinity` where one of them waits. */
  #reservedBefore(grower: Grower): number {
    // As a rule nobody waits, and there is room for all.
    const isAmple = grower.sizeIn(this.#home.room() - this.#claims, true) === grower.sizes.wanted;
    if (this.#queue.length === 0 && isAmple) return 0;
    const now = performance.now();
    let reserved = 0;
    for (
      let other = this.#all.first;
      other !== undefined && other !== grower;
      other = other.after
    ) {
      if (other.waiter !== undefined) return Infinity;
      reserved += other.claimAt(now);
    }
    return reserved;
  }

  #grow(grower: Grower, buffer: RecycledBuffer | undefined, size: number): RecycledBuffer {
    return this.#recount(grower, () => {
      const larger = grower.grow(buffer, size);
      this.#all.add(grower);
      return larger;
    });
  }

  /** Keeps the sum of all claims right while something becomes of one of them. */
  #recount<T>(grower: Grower, change: () => T): T {
    this.#claims -= grower.isQueued ? grower.claim : 0;
    try {
      return change();
    } finally {
      this.#claims += grower.isQueued ? grower.claim : 0;
    }
  }

  #end(grower: Grower, reason: unknown): void {
    grower.isOver = true;
    grower.stop?.abort(reason);
    this.#refuse(grower, reason);
    if (this.#all.delete(grower)) this.#claims -= grower.claim;
    if (this.#queue.length > 0) this.#home.changed();
  }

  #refuse(grower: Grower, reason: unknown): void {
    const { waiter } = grower;
    if (waiter === undefined) return;
    this.#leave(grower);
    this.#queue.refuse(waiter, reason);
  }

  /** Undefined where it may wait until what was given back a moment ago has rested, and can make room. */
  #growIfRested(
    grower: Grower,
    buffer: RecycledBuffer | undefined,
    size: number,
    canWait: boolean,
  ): RecycledBuffer | undefined {
    try {
      return this.#grow(grower, buffer, size);
    } catch (error) {
      if (canWait && (error as { code?: string }).code === 'ERR_GIVEBACK_BUDGET') return undefined;
      throw error;
    }
  }

  /** It waits after all. */
  #enter(grower: Grower, waiter: Waiter, buffer: RecycledBuffer | undefined): void {
    grower.waiter = waiter;
    grower.buffer = buffer;
    this.#heldByWaiting += grower.held;
  }

  /** It waits no more. */
  #leave(grower: Grower): void {
    grower.waiter = undefined;
    grower.buffer = undefined;
    this.#heldByWaiting -= grower.held;
  }

  /** There is room, which is left to others: looks again when they have had their time. */
  #awaitClaims(): void {
    if (this.#isAwaitingClaims) return;
    this.#isAwaitingClaims = true;
    setBackgroundTimeout(() => {
      this.#isAwaitingClaims = false;
      this.#home.changed();
    }, CLAIM_LASTS);
  }
}
