import { Shelf } from '../core/idle-stack.ts';
import type { RecycledBuffer } from '../leasing/recycled-buffer.ts';

/** Where nothing ever lies. */
export const NO_SHELF: Shelf<RecycledBuffer> = new Shelf();

/** Gets until the next sample, where there is to be none. */
export const NEVER: number = 2 ** 30;

/**
 * What a recycler holds, what it may hold, and what it has done: bytes held are lent and idle together.
 *
 * One object, because a hit reads and writes hardly anything else, and every object more would be one
 * more to find. For the same reason three numbers tell two things each: see `getsToSample`,
 * `leastIdleBytes` and `easyIdleBytes`.
 */
export class Ledger {
  maxBytes: number = Infinity;
  maxIdleBytes = 0;
  heldBytes = 0;
  idleBytes = 0;
  peakHeldBytes = 0;
  /**
   * The least that `idleBytes` has been, as if `heldBytes` had always been what it is: so it tells the
   * most that was ever lent, and a get need only compare the bytes that it leaves idle.
   */
  leastIdleBytes = 0;
  /**
   * As long as no more bytes than this are idle, a give need only lay its buffer on its shelf. Below 0
   * while every give has more to do.
   */
  easyIdleBytes = -1;

  gives = 0;
  discards = 0;
  leaks = 0;
  /** The get whose stack is kept next, by its number. */
  nextSample: number = NEVER;
  /** Gets until that one: counts them, and tells when it has come. */
  getsToSample: number = NEVER;

  /** Most programs ask for one size for a while: where the last one lies is found by one comparison. */
  lastSize = -1;
  lastShelf: Shelf<RecycledBuffer> = NO_SHELF;
  #getsOfOtherSizes = 0;
  #bytesOfOtherSizes = 0;

  get gets(): number {
    return this.nextSample - this.getsToSample;
  }

  /** The stack of the get that comes as the `count`th from now is kept. */
  sampleAfter(count: number): void {
    this.nextSample = this.gets + count;
    this.getsToSample = count;
  }

  /** From now on `size` bytes are asked for, and looked for on `shelf`. */
  turnTo(size: number, shelf: Shelf<RecycledBuffer>): void {
    this.lastShelf = shelf;
    if (size === this.lastSize) return;
    this.#bytesOfOtherSizes = this.requestedBytes;
    this.#getsOfOtherSizes = this.gets;
    this.lastSize = size;
  }

  /** Bytes asked for by all gets: added up whenever another size is asked for. */
  get requestedBytes(): number {
    return this.#bytesOfOtherSizes + this.lastSize * (this.gets - this.#getsOfOtherSizes);
  }

  get lentBytes(): number {
    return this.heldBytes - this.idleBytes;
  }

  get peakLentBytes(): number {
    return this.heldBytes - this.leastIdleBytes;
  }

  /** Whether `bytes` more may be lent, if need be after all that is idle has been freed. */
  allows(bytes: number): boolean {
    return this.lentBytes + bytes <= this.maxBytes;
  }

  /** Whether something idle must go before `bytes` more are held. */
  lacks(bytes: number): boolean {
    return this.heldBytes + bytes > this.maxBytes;
  }

  /** `bytes` more are held, or with a negative number fewer. */
  hold(bytes: number): void {
    this.heldBytes += bytes;
    this.leastIdleBytes += bytes;
    if (this.heldBytes > this.peakHeldBytes) this.peakHeldBytes = this.heldBytes;
  }

  /** So many bytes are idle now; the rest of what is held is lent. */
  leaveIdle(bytes: number): void {
    this.idleBytes = bytes;
    if (bytes < this.leastIdleBytes) this.leastIdleBytes = bytes;
  }

  /** Whether a give within `maxIdleBytes` need only lay its buffer on its shelf. */
  get isEasy(): boolean {
    return this.easyIdleBytes >= 0;
  }

  set isEasy(easy: boolean) {
    this.easyIdleBytes = easy ? this.maxIdleBytes : -1;
  }

  close(): void {
    this.maxIdleBytes = -1;
    this.isEasy = false;
  }

  get isClosed(): boolean {
    return this.maxIdleBytes < 0;
  }
}
