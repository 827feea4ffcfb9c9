import type { IdleStack } from '../core/idle-stack.ts';
import { LONG_AGO } from '../core/scavenger.ts';
import type { LeasedStore, Lender } from '../leasing/view.ts';

/** A get whose place and time were kept. */
export interface Sample {
  /** The number of that get. */
  readonly get: number;
  /** When that was, as `performance.now()` tells it. */
  readonly at: number;
  readonly stack: string | undefined;
}

/**
 * The record of one backing store. While the store is idle the record has the bytes; while it is lent
 * its view has them, and the record has not. So two can never have them, and a lent buffer that is
 * dropped can be collected though its record is kept, to say what was lost.
 */
export class Store implements LeasedStore {
  readonly lender: Lender;
  /** Undefined while it is lent. */
  bytes: ArrayBuffer | undefined;
  /** How many they are; what a user sees of them is `size`. */
  capacity = 0;
  /**
   * Bytes lent last. With `wipe` all those beyond them are zero, be it lent or idle: new memory is zero,
   * who makes this less zeroes what is cut off first, and of bytes that have come back from elsewhere all
   * beyond the view is zeroed. A give zeroes these bytes as well, so all of an idle store is zero.
   */
  size = 0;
  /** Where it lies when idle. None for a store made to measure, which is freed when given. */
  stack: IdleStack<Store> | undefined;
  /** Whether its bytes can be resized. */
  readonly isElastic: boolean;
  /**
   * Of a lent store the number of the get that lent it; of an idle one the number of the give that
   * brought it back: the least recently used has the lowest.
   */
  since = 0;
  /** The tick of the give that brought it back last: see `hasRested`. */
  tick: number = LONG_AGO;
  /** The last get of it that was sampled, which need not be the present one: see `since`. */
  sample: Sample | undefined = undefined;

  /** What tells when its bytes are collected. */
  registry: FinalizationRegistry<Store> | undefined = undefined;

  /** The bytes of an elastic store also while it is lent: what its holder has no view of can be trimmed. */
  reference: WeakRef<ArrayBuffer> | undefined;

  constructor(lender: Lender, bytes: ArrayBuffer, isElastic: boolean) {
    this.lender = lender;
    this.bytes = bytes;
    this.isElastic = isElastic;
    this.reference = isElastic ? new WeakRef(bytes) : undefined;
  }

  get isIdle(): boolean {
    return this.bytes !== undefined;
  }

  /** The sampled get of the present lease, if that was one. */
  get currentSample(): Sample | undefined {
    return this.sample?.get === this.since ? this.sample : undefined;
  }
}
