import { GivebackError } from '../core/errors.ts';
import type { Queued } from '../core/queue.ts';
import type { ResolvedAcquireOptions } from '../leasing/acquire-options.ts';
import type { Sizes } from '../leasing/growth.ts';
import type { RecycledBuffer } from '../leasing/recycled-buffer.ts';
import type { Holder, Waiter } from '../leasing/wait-queue.ts';

/** What growing needs of its recycler. */
export interface GrowthHost {
  readonly name: string;
  readonly maxBytes: number;
  /** How many more bytes may be lent. */
  room(): number;
  /** How many more bytes are held while `buffer` becomes one of `size` bytes. */
  needFor(buffer: RecycledBuffer | undefined, size: number): number;
  /** Bytes of the store of a lent buffer. */
  capacityOf(buffer: RecycledBuffer): number;
  /** `buffer` at a larger size, one of those in `sizes`, or a new buffer if it is undefined. */
  grow(buffer: RecycledBuffer | undefined, size: number, sizes: Sizes): RecycledBuffer;
  /** Waits for the first buffer, as any acquire does. */
  acquire(size: number, options: ResolvedAcquireOptions): Promise<RecycledBuffer>;
  /** Whether acquires wait. */
  isWaitedFor(): boolean;
  /** Called when a wait begins or ends: looks who can be served, and from now on does so at each give. */
  changed(): void;
}

/**
 * Milliseconds for which room is reserved for a buffer after it has grown. A peer that sends nothing for
 * longer keeps nobody else waiting.
 */
export const CLAIM_LASTS = 1000;

/** A growing buffer: what it holds, and what it needs to go on. */
export class Grower implements Holder, Queued<Grower> {
  before: Grower | undefined;
  after: Grower | undefined;
  isQueued = false;
  waiter: Waiter | undefined;
  /** Ends the wait for its first buffer. */
  stop: AbortController | undefined;
  isOver = false;
  /** Set only while it grows or waits, so that a buffer that is dropped otherwise can be collected. */
  buffer: RecycledBuffer | undefined;
  sizes: Sizes = { least: 0, wanted: 0, expected: 0, isAll: false };
  /** Bytes of its store, and of what it holds besides. */
  held = 0;
  /** Bytes of the other buffers that it holds. */
  besides = 0;
  readonly #host: GrowthHost;
  #grewAt = 0;

  constructor(host: GrowthHost) {
    this.#host = host;
  }

  /** Bytes that it may need soon: our guess is as many as it holds. */
  get claim(): number {
    return this.sizes.isAll ? 0 : this.held;
  }

  /** The same at time `now`: 0 if it has not grown for a while. */
  claimAt(now: number): number {
    return now - this.#grewAt < CLAIM_LASTS ? this.claim : 0;
  }

  /** @throws what `get` and `resize` of the recycler throw. */
  grow(buffer: RecycledBuffer | undefined, size: number): RecycledBuffer {
    const larger = this.#host.grow(buffer, size, this.sizes);
    this.hold(larger);
    return larger;
  }

  /** Is about to grow. What it holds is counted anew: what was spare may have been trimmed since. */
  ask(buffer: RecycledBuffer | undefined, sizes: Sizes): void {
    this.buffer = buffer;
    this.sizes = sizes;
    const { besides = [] } = sizes;
    this.besides = besides.reduce((sum, each) => sum + this.#host.capacityOf(each), 0);
    this.held = this.besides + (buffer === undefined ? 0 : this.#host.capacityOf(buffer));
  }

  /** It holds that buffer from now on. */
  hold(buffer: RecycledBuffer): void {
    this.held = this.#host.capacityOf(buffer) + this.besides;
    this.#grewAt = performance.now();
  }

  /**
   * The size it can grow to within `room` more bytes; undefined if it cannot, or had better wait for more. What its own
   * store has room for takes nothing from anybody, so it never waits for that, whoever waits before it.
   */
  sizeIn(room: number, canWait: boolean): number | undefined {
    const { least, wanted } = this.sizes;
    const most = Math.max(room, 0);
    if (this.#needFor(wanted) <= most) return wanted;
    const isEnough = !canWait || this.sizeToWaitFor === least;
    return isEnough && this.#needFor(least) <= most ? least : undefined;
  }

  /** The size it waits for. */
  get sizeToWaitFor(): number {
    const { least, wanted, isAll } = this.sizes;
    return isAll && this.#isPossible(wanted) ? wanted : least;
  }

  /** How many more bytes of the budget it waits for. */
  get need(): number {
    return this.#needFor(this.sizeToWaitFor);
  }

  /** @throws `ERR_GIVEBACK_BUDGET` if it could not go on even if nothing else were lent. */
  checkPossible(): void {
    const { least } = this.sizes;
    if (this.#isPossible(least)) return;
    const { name, maxBytes } = this.#host;
    const advice =
      this.besides > 0
        ? ` besides the ${this.held} of its blocks`
        : `: fixed memory keeps its ${this.held} bytes until it has moved to another store, so set \`memory\` to \`'elastic'\`, or say \`expectedLength\``;
    throw new GivebackError(
      'ERR_GIVEBACK_BUDGET',
      `Expected a buffer that can grow within the ${maxBytes} bytes of recycler \`${name}\`, got one that needs ${least}${least <= maxBytes ? advice : ''}.`,
    );
  }

  /** The error for a grower that is refused so that an older one can go on. */
  crowdedOut(): GivebackError {
    const { name, maxBytes } = this.#host;
    return new GivebackError(
      'ERR_GIVEBACK_BUDGET',
      `Expected room for all buffers that grow in the ${maxBytes} bytes of recycler \`${name}\`, got too many: this one, which holds ${this.held}, is the youngest of those that wait.`,
    );
  }

  #needFor(size: number): number {
    return this.#host.needFor(this.buffer, size);
  }

  #isPossible(size: number): boolean {
    return this.#needFor(size) <= this.#host.maxBytes - this.held;
  }
}
