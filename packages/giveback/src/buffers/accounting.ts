import { IdleStack } from '../core/idle-stack.ts';
import type { Store } from './store.ts';

/** Where nothing ever lies. */
export const NO_STACK: IdleStack<Store> = new IdleStack();

/** Gets until the next sample, before that is known. */
const NEVER = 2 ** 30;

/**
 * What a recycler holds, what it may hold, and what it has done: bytes held are lent and idle together.
 *
 * One object, because the fast path reads and writes hardly anything else, and every object more would be
 * one more to find. For the same reason three numbers tell two things each: see `getsToSample`,
 * `leastIdleBytes` and `fastIdleBytes`.
 */
export class Accounting {
  maxBytes: number = Infinity;
  maxIdleBytes = 0;
  /** Whether every give has more to do than to push its store: to wipe, or to detach. */
  hasSlowGives = false;
  heldBytes = 0;
  idleBytes = 0;
  /** Of what is held, what was asked for last: the rest is spare. */
  askedBytes = 0;
  peakHeldBytes = 0;
  /**
   * Tracks peak lent bytes as an offset from current held bytes: the least that `idleBytes` has been,
   * moved along whenever `heldBytes` changes. So a get need only compare the bytes that it leaves idle.
   */
  leastIdleBytes = 0;
  /**
   * A give that leaves no more than this idle takes the fast path: it need only push its store. Below 0
   * while every give has more to do.
   */
  fastIdleBytes = -1;

  gives = 0;
  discards = 0;
  leaks = 0;
  /** The get that is sampled next, by its number. */
  nextSample: number = NEVER;
  /** Gets until that one: counts them, and tells when it has come. */
  getsToSample: number = NEVER;

  /** Most programs ask for one size for a while: where the last one lies is found by one comparison. */
  lastSize = -1;
  lastStack: IdleStack<Store> = NO_STACK;
  #getsOfOtherSizes = 0;
  #bytesOfOtherSizes = 0;

  get gets(): number {
    return this.nextSample - this.getsToSample;
  }

  get lentCount(): number {
    return this.gets - this.gives - this.discards - this.leaks;
  }

  /** The get that comes as the `count`th from now is sampled. */
  sampleAfter(count: number): void {
    this.nextSample = this.gets + count;
    this.getsToSample = count;
  }

  /** From now on `size` bytes are asked for, and looked for on `stack`. */
  rememberSize(size: number, stack: IdleStack<Store>): void {
    this.lastStack = stack;
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

  get spareBytes(): number {
    return this.heldBytes - this.askedBytes;
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

  /** Whether gives within `maxIdleBytes` take the fast path. */
  get hasFastGives(): boolean {
    return this.fastIdleBytes >= 0;
  }

  set hasFastGives(fast: boolean) {
    this.fastIdleBytes = fast && !this.hasSlowGives ? this.maxIdleBytes : -1;
  }

  close(): void {
    this.maxIdleBytes = -1;
    this.hasFastGives = false;
  }

  get isClosed(): boolean {
    return this.maxIdleBytes < 0;
  }
}
