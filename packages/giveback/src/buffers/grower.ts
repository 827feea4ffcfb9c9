import { GivebackError } from '../core/errors.ts';
import type { Queued } from '../core/queue.ts';
import type { ResolvedAcquireOptions } from '../leasing/acquire-options.ts';
import type { Sizes } from '../leasing/growth.ts';
import type { RecycledBuffer } from '../leasing/recycled-buffer.ts';
import type { Holder, Waiter } from '../leasing/wait-queue.ts';

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
  /** `expected`: the bytes that it may come to have. */
  grow(buffer: RecycledBuffer | undefined, size: number, expected: number): RecycledBuffer;
  /** For who holds nothing yet, and is like any other. */
  acquire(size: number, options: ResolvedAcquireOptions): Promise<RecycledBuffer>;
  /** Whether acquires are waiting. */
  isWaitedFor(): boolean;
  /** Something may have become of those who wait, and from now on gives have to be told of. */
  changed(): void;
}

/**
 * Milliseconds for which room is left to a buffer that has grown, so that it may grow on: a peer that
 * sends nothing for longer keeps nobody else waiting.
 */
export const CLAIM_LASTS = 1000;

/** A buffer that grows: what it holds, and what it needs to go on. */
export class Grower implements Holder, Queued<Grower> {
  before: Grower | undefined;
  after: Grower | undefined;
  isQueued = false;
  waiter: Waiter | undefined;
  /** Ends the wait for its first bytes. */
  stop: AbortController | undefined;
  isOver = false;
  /** Undefined before its first bytes, and unless it is growing, so that who forgets it may lose it. */
  buffer: RecycledBuffer | undefined;
  sizes: Sizes = { least: 0, wanted: 0, expected: 0, isAll: false };
  /** Bytes of its store. */
  held = 0;
  readonly #home: Home;
  #grewAt = 0;

  constructor(home: Home) {
    this.#home = home;
  }

  /** Bytes that it may need soon, as far as anybody can tell: as many as it has come to hold. */
  get claim(): number {
    return this.sizes.isAll ? 0 : this.held;
  }

  /** The same at that time; 0 for one that has not grown for a while. */
  claimAt(now: number): number {
    return now - this.#grewAt < CLAIM_LASTS ? this.claim : 0;
  }

  /** @throws what `get` and `resize` of the recycler throw. */
  grow(buffer: RecycledBuffer | undefined, size: number): RecycledBuffer {
    const larger = this.#home.grow(buffer, size, Math.max(this.sizes.expected, size));
    this.hold(larger);
    return larger;
  }

  hold(buffer: RecycledBuffer): void {
    this.held = this.#home.capacityOf(buffer);
    this.#grewAt = performance.now();
  }

  /** The size that it can have in so many bytes; none that is not worth having, if it can wait. */
  sizeIn(room: number, canWait: boolean): number | undefined {
    const { least, wanted } = this.sizes;
    if (this.#needFor(wanted) <= room) return wanted;
    const isEnough = !canWait || this.sizeToWaitFor === least;
    return isEnough && this.#needFor(least) <= room ? least : undefined;
  }

  get sizeToWaitFor(): number {
    const { least, wanted, isAll } = this.sizes;
    return isAll && this.#isPossible(wanted) ? wanted : least;
  }

  /** Bytes more of the budget that it waits for. */
  get need(): number {
    return this.#needFor(this.sizeToWaitFor);
  }

  /** @throws `ERR_GIVEBACK_BUDGET` where it could not go on if there were nobody else. */
  checkPossible(): void {
    const { least } = this.sizes;
    if (this.#isPossible(least)) return;
    const { name, maxBytes } = this.#home;
    const advice = `: fixed memory keeps its ${this.held} bytes until it has moved to another store, so set \`memory\` to \`'elastic'\`, or say \`expectedLength\``;
    throw new GivebackError(
      'ERR_GIVEBACK_BUDGET',
      `Expected a buffer that can grow within the ${maxBytes} bytes of recycler \`${name}\`, got one that needs ${least}${least <= maxBytes ? advice : ''}.`,
    );
  }

  /** What is said to one that makes way for another. */
  crowdedOut(): GivebackError {
    const { name, maxBytes } = this.#home;
    return new GivebackError(
      'ERR_GIVEBACK_BUDGET',
      `Expected room for all buffers that grow in the ${maxBytes} bytes of recycler \`${name}\`, got too many: this one, which holds ${this.held}, is the youngest of those that wait.`,
    );
  }

  #needFor(size: number): number {
    return this.#home.needFor(this.buffer, size);
  }

  #isPossible(size: number): boolean {
    return this.#needFor(size) <= this.#home.maxBytes - this.held;
  }
}
