import { GivebackError } from '../core/errors.ts';
import { setBackgroundTimeout } from '../core/platform.ts';
import { onAbort, throwIfAborted } from '../core/signal.ts';
import type { ResolvedAcquireOptions } from '../leasing/acquire-options.ts';
import type { Growth, Sizes } from '../leasing/growth.ts';
import type { RecycledBuffer } from '../leasing/recycled-buffer.ts';
import { type Holder, WaitQueue } from '../leasing/wait-queue.ts';

/**
 * Milliseconds for which room is left to a buffer that has grown, so that it may grow on: a peer that
 * sends nothing for longer keeps nobody else waiting.
 */
const CLAIM_LASTS = 1000;

/** What growing needs of the recycler. */
export interface Home {
  readonly name: string;
  readonly maxBytes: number;
  /** Bytes that may be lent still. */
  room(): number;
  /** Bytes more that are held while `buffer` becomes one of `size` bytes. */
  needFor(buffer: RecycledBuffer | undefined, size: number): number;
  /** Bytes of the store of a lent buffer. */
  capacityOf(buffer: RecycledBuffer): number;
  grow(buffer: RecycledBuffer | undefined, size: number): RecycledBuffer;
  /** For who holds nothing yet, and is like any other. */
  acquire(size: number, options: ResolvedAcquireOptions): Promise<RecycledBuffer>;
  /** Whether acquires are waiting. */
  isWaitedFor(): boolean;
  /** From now on gives have to be told of, as somebody waits; or something may have become of those who do. */
  changed(): void;
}

/** A buffer that grows. */
interface Grower extends Holder {
  buffer: RecycledBuffer | undefined;
  sizes: Sizes;
  /** Bytes of its store. */
  held: number;
  /** Bytes that it may yet need, as far as anybody can tell: as many as it has come to hold. */
  claim: number;
  grewAt: number;
  /** Ends the wait for its first bytes. */
  stop: AbortController | undefined;
  isOver: boolean;
}

const NO_SIZES: Sizes = { least: 0, wanted: 0, isAll: false };

/**
 * The buffers of a recycler that grow as bytes come, and wait for more with what they have in hand; they
 * would wait for each other for ever if each that asks were given what is left. Three rules:
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
  /** A Set keeps the order of their ages. */
  readonly #all = new Set<Grower>();
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
    const grower: Grower = {
      buffer: undefined,
      sizes: NO_SIZES,
      held: 0,
      claim: 0,
      grewAt: 0,
      stop: undefined,
      isOver: false,
    };
    return {
      grow: (buffer, sizes, options) => {
        throwIfAborted(options.signal);
        grower.buffer = buffer;
        grower.sizes = sizes;
        return buffer === undefined ? this.#first(grower, options) : this.#next(grower, options);
      },
      end: (reason) => {
        grower.isOver = true;
        grower.stop?.abort(reason);
        this.#refuse(grower, reason);
        this.#all.delete(grower);
        this.#setClaim(grower, 0);
        if (this.#queue.length > 0) this.#home.changed();
      },
    };
  }

  refuseAll(reason: unknown): void {
    for (const grower of this.#all) this.#refuse(grower, reason);
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
    const home = this.#home;
    const size = this.#sizeNow(grower, 0, options);
    const isFree = this.#queue.length === 0 && !home.isWaitedFor();
    if (size !== undefined && (isFree || options.timeout === 0)) return this.#growTo(grower, size);
    const awaited = this.#sizeToWaitFor(grower);
    if (options.timeout === 0) return this.#growTo(grower, awaited);
    const stop = new AbortController();
    grower.stop = stop;
    const off = onAbort(options.signal, () => stop.abort(options.signal?.reason));
    return home
      .acquire(awaited, { signal: stop.signal, timeout: options.timeout })
      .then((buffer) => {
        if (!grower.isOver) this.#hold(grower, buffer);
        return buffer;
      })
      .finally(off);
  }

  #next(grower: Grower, options: ResolvedAcquireOptions): RecycledBuffer | Promise<RecycledBuffer> {
    const size = this.#sizeNow(grower, this.#reservedBefore(grower), options);
    if (size !== undefined) return this.#growTo(grower, size);
    this.#checkPossible(grower);
    // Which throws, and says what there is no room for.
    if (options.timeout === 0) return this.#growTo(grower, grower.sizes.least);
    const served = this.#queue.join(this.#sizeToWaitFor(grower), options, grower);
    this.#heldByWaiting += grower.held;
    this.#home.changed();
    return served;
  }

  /** Whether one more was served. */
  #serveNext(): boolean {
    const now = performance.now();
    let ahead = 0;
    for (const grower of this.#all) {
      const { waiter } = grower;
      if (waiter !== undefined) {
        const size = this.#sizeNow(grower, ahead);
        if (size === undefined) {
          if (this.#needOf(grower) <= this.#home.room()) this.#awaitClaims();
          return false;
        }
        this.#leave(grower);
        try {
          this.#queue.serve(waiter, this.#growTo(grower, size));
        } catch (error) {
          this.#queue.refuse(waiter, error);
        }
        return true;
      }
      if (now - grower.grewAt < CLAIM_LASTS) ahead += grower.claim;
    }
    return false;
  }

  /** See *Refusal*. */
  #refuseYoungest(): void {
    const oldest = this.#oldestWaiting();
    if (oldest === undefined) return;
    const need = this.#needOf(oldest);
    const crowd = [...this.#all];
    while (this.#home.maxBytes - this.#heldByWaiting < need) {
      const youngest = crowd.pop();
      if (youngest === undefined || youngest === oldest) return;
      this.#refuse(youngest, this.#crowdedOut(youngest));
    }
  }

  #oldestWaiting(): Grower | undefined {
    for (const grower of this.#all) if (grower.waiter !== undefined) return grower;
    return undefined;
  }

  #refuse(grower: Grower, reason: unknown): void {
    const { waiter } = grower;
    if (waiter === undefined) return;
    this.#leave(grower);
    this.#queue.refuse(waiter, reason);
  }

  /** It waits no more. */
  #leave(grower: Grower): void {
    grower.waiter = undefined;
    this.#heldByWaiting -= grower.held;
  }

  #growTo(grower: Grower, size: number): RecycledBuffer {
    const larger = this.#home.grow(grower.buffer, size);
    this.#hold(grower, larger);
    return larger;
  }

  #hold(grower: Grower, buffer: RecycledBuffer): void {
    this.#all.add(grower);
    grower.buffer = buffer;
    grower.held = this.#home.capacityOf(buffer);
    grower.grewAt = performance.now();
    this.#setClaim(grower, grower.sizes.isAll ? 0 : grower.held);
  }

  #setClaim(grower: Grower, claim: number): void {
    this.#claims += claim - grower.claim;
    grower.claim = claim;
  }

  /** The size that it may have now, if `ahead` bytes are left to those before it. */
  #sizeNow(grower: Grower, ahead: number, options?: ResolvedAcquireOptions): number | undefined {
    const isUrgent = options?.timeout === 0;
    const { least, wanted } = grower.sizes;
    const room = this.#home.room() - (isUrgent ? 0 : ahead);
    if (this.#home.needFor(grower.buffer, wanted) <= room) return wanted;
    const isEnough = isUrgent || this.#sizeToWaitFor(grower) === least;
    return isEnough && this.#home.needFor(grower.buffer, least) <= room ? least : undefined;
  }

  /** What is left to those before it; `Infinity` where one of them waits. */
  #reservedBefore(grower: Grower): number {
    const mayWait = this.#queue.length > 0;
    // As a rule there is room for all.
    if (
      !mayWait &&
      this.#home.needFor(grower.buffer, grower.sizes.wanted) <= this.#home.room() - this.#claims
    )
      return 0;
    const now = performance.now();
    let ahead = 0;
    for (const other of this.#all) {
      if (other === grower) break;
      if (other.waiter !== undefined) return Infinity;
      if (now - other.grewAt < CLAIM_LASTS) ahead += other.claim;
    }
    return ahead;
  }

  #sizeToWaitFor(grower: Grower): number {
    const { least, wanted, isAll } = grower.sizes;
    return isAll && this.#isPossible(grower, wanted) ? wanted : least;
  }

  #needOf(grower: Grower): number {
    return this.#home.needFor(grower.buffer, this.#sizeToWaitFor(grower));
  }

  /** Whether there were room if it were alone. */
  #isPossible(grower: Grower, size: number): boolean {
    return this.#home.needFor(grower.buffer, size) <= this.#home.maxBytes - grower.held;
  }

  #checkPossible(grower: Grower): void {
    const { least } = grower.sizes;
    if (this.#isPossible(grower, least)) return;
    const { name, maxBytes } = this.#home;
    const advice =
      least <= maxBytes
        ? `: fixed memory holds ${grower.held} bytes while it moves to another store, so set \`memory\` to \`'elastic'\`, or say \`expectedLength\``
        : '';
    throw new GivebackError(
      'ERR_GIVEBACK_BUDGET',
      `Expected a buffer that can grow within the ${maxBytes} bytes of recycler \`${name}\`, got one that needs ${least}${advice}.`,
    );
  }

  #crowdedOut({ held }: Grower): GivebackError {
    const { name, maxBytes } = this.#home;
    return new GivebackError(
      'ERR_GIVEBACK_BUDGET',
      `Expected room for all buffers that grow in the ${maxBytes} bytes of recycler \`${name}\`, got too many: this one, which holds ${held}, is the youngest of those that wait.`,
    );
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
