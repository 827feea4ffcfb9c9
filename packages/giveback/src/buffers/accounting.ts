import type { FreeReason } from '../core/stats.ts';
import type { Store } from './store.ts';

/** Gets until the next sample, before that is known. */
const NEVER = 2 ** 30;

/**
 * What a recycler holds, what it may hold, and what it has done: bytes held are lent and idle together.
 * Its verbs alone write its numbers: a store is *held* once it is made, and idle at first; it is *lent*
 * and *taken back*, and in the end *freed*, *discarded* or *leaked*.
 *
 * One object, because the fast path reads and writes hardly anything else, and every object more would be
 * one more to find. For the same reason three numbers tell two things each: see `getsToSample`,
 * `#leastIdleBytes` and `fastIdleBytes`. It refers to nothing, because its counts outlive the recycler.
 */
export class Accounting {
  readonly maxBytes: number;
  #maxIdleBytes: number;
  /** Whether every give has more to do than to push its store: to wipe, or to detach. */
  readonly #hasSlowGives: boolean;
  #heldBytes = 0;
  #idleBytes = 0;
  /** Of what is held, what was asked for last: the rest is spare. */
  #askedBytes = 0;
  #peakHeldBytes = 0;
  /**
   * Tracks peak lent bytes as an offset from current held bytes: the least that `idleBytes` has been,
   * moved along whenever the bytes held change. So a get need only compare the bytes that it leaves idle.
   */
  #leastIdleBytes = 0;
  /**
   * A give that leaves no more than this idle takes the fast path: it need only push its store. Below 0
   * while every give has more to do.
   */
  fastIdleBytes = -1;

  #makes = 0;
  #gives = 0;
  #discards = 0;
  #leaks = 0;
  readonly frees: Record<FreeReason, number> = {
    full: 0,
    oversize: 0,
    aged: 0,
    trimmed: 0,
    pressure: 0,
    evicted: 0,
    lost: 0,
    closed: 0,
  };
  /** The get that is sampled next, by its number. */
  #nextSample = NEVER;
  /** Gets until that one: counts them, and tells when it has come. */
  #getsToSample = NEVER;

  /** Most programs ask for one size for a while. */
  lastSize = -1;
  #getsOfOtherSizes = 0;
  #bytesOfOtherSizes = 0;

  constructor(maxBytes: number, maxIdleBytes: number, hasSlowGives: boolean) {
    this.maxBytes = maxBytes;
    this.#maxIdleBytes = maxIdleBytes;
    this.#hasSlowGives = hasSlowGives;
  }

  /** A store was made. It counts as idle until it is lent. */
  hold(store: Store): void {
    this.#makes++;
    this.#idleBytes += store.capacity;
    this.#holdMore(store.capacity);
  }

  /** An idle store goes out for `size` bytes. @returns whether this get is to be sampled. */
  lend(store: Store, size: number): boolean {
    this.#askedBytes += size - store.size;
    store.size = size;
    const idleBytes = this.#idleBytes - store.capacity;
    this.#idleBytes = idleBytes;
    if (idleBytes < this.#leastIdleBytes) this.#leastIdleBytes = idleBytes;
    const left = --this.#getsToSample;
    store.since = this.#nextSample - left;
    return left === 0;
  }

  /** A lent store came back. */
  takeBack(store: Store): void {
    store.since = ++this.#gives;
    this.#idleBytes += store.capacity;
  }

  /** Another size is asked of a lent store. */
  askAnew(store: Store, size: number): void {
    this.#askedBytes += size - store.size;
    store.size = size;
  }

  /** A store, idle or lent, holds another number of bytes now. */
  resize(store: Store, capacity: number): void {
    const more = capacity - store.capacity;
    store.capacity = capacity;
    if (store.isIdle) this.#idleBytes += more;
    this.#holdMore(more);
    if (this.#idleBytes < this.#leastIdleBytes) this.#leastIdleBytes = this.#idleBytes;
  }

  /** An idle store is held no more. */
  free(store: Store, reason: FreeReason): void {
    this.frees[reason]++;
    this.#idleBytes -= store.capacity;
    this.#holdNoMore(store);
  }

  /** A lent store is held no more: it was discarded. */
  discard(store: Store): void {
    this.#discards++;
    this.#holdNoMore(store);
  }

  /** A lent store is held no more: it was dropped, and its bytes were collected. */
  leak(store: Store): void {
    this.#leaks++;
    this.#holdNoMore(store);
  }

  #holdNoMore(store: Store): void {
    this.#askedBytes -= store.size;
    this.#holdMore(-store.capacity);
  }

  #holdMore(bytes: number): void {
    this.#heldBytes += bytes;
    this.#leastIdleBytes += bytes;
    if (this.#heldBytes > this.#peakHeldBytes) this.#peakHeldBytes = this.#heldBytes;
  }

  /** The get that comes as the `count`th from now is sampled. */
  sampleAfter(count: number): void {
    this.#nextSample = this.gets + count;
    this.#getsToSample = count;
  }

  /** From now on `size` bytes are asked for. */
  rememberSize(size: number): void {
    if (size === this.lastSize) return;
    this.#bytesOfOtherSizes = this.requestedBytes;
    this.#getsOfOtherSizes = this.gets;
    this.lastSize = size;
  }

  /** Bytes asked for by all gets: added up whenever another size is asked for. */
  get requestedBytes(): number {
    return this.#bytesOfOtherSizes + this.lastSize * (this.gets - this.#getsOfOtherSizes);
  }

  get makes(): number {
    return this.#makes;
  }

  get gets(): number {
    return this.#nextSample - this.#getsToSample;
  }

  get gives(): number {
    return this.#gives;
  }

  get discards(): number {
    return this.#discards;
  }

  get leaks(): number {
    return this.#leaks;
  }

  get lentCount(): number {
    return this.gets - this.#gives - this.#discards - this.#leaks;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  get idleBytes(): number {
    return this.#idleBytes;
  }

  get lentBytes(): number {
    return this.#heldBytes - this.#idleBytes;
  }

  get peakHeldBytes(): number {
    return this.#peakHeldBytes;
  }

  get peakLentBytes(): number {
    return this.#heldBytes - this.#leastIdleBytes;
  }

  get spareBytes(): number {
    return this.#heldBytes - this.#askedBytes;
  }

  /** Bytes that may be idle; below 0 once the recycler is closed. */
  get maxIdleBytes(): number {
    return this.#maxIdleBytes;
  }

  set maxIdleBytes(bytes: number) {
    this.#maxIdleBytes = bytes;
    this.hasFastGives &&= true;
  }

  /** Whether gives within `maxIdleBytes` take the fast path. */
  get hasFastGives(): boolean {
    return this.fastIdleBytes >= 0;
  }

  set hasFastGives(fast: boolean) {
    this.fastIdleBytes = fast && !this.#hasSlowGives ? this.#maxIdleBytes : -1;
  }

  close(): void {
    this.#maxIdleBytes = -1;
    this.hasFastGives = false;
  }

  get isClosed(): boolean {
    return this.#maxIdleBytes < 0;
  }
}
