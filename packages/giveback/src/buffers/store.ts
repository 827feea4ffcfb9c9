import type { IdleStack } from '../core/idle-stack.ts';
import { LONG_AGO } from '../core/scavenger.ts';
import type { LeasedStore, Lender } from '../leasing/view.ts';

/** A get whose stack and time were recorded. */
export interface Sample {
  /** The number of that get. */
  readonly get: number;
  /** When it was, by `performance.now()`. */
  readonly at: number;
  readonly stack: string | undefined;
}

/**
 * The record of one backing store. Only an idle store's record refers to the bytes; those of a lent one
 * belong to its view. So they can never be lent twice, and a lent buffer that is dropped can be collected,
 * while the record stays to tell what was lost.
 */
export class Store implements LeasedStore {
  readonly lender: Lender;
  /** Undefined while it is lent. */
  bytes: ArrayBuffer | undefined;
  /** How many bytes the store has; the user sees `size` of them. */
  capacity = 0;
  /**
   * How many bytes were lent last. With `wipe`, all bytes beyond them are zero, whether the store is lent
   * or idle: new memory is zero, bytes are zeroed before they are cut off, and when transferred bytes are
   * restored, all beyond the view are zeroed. A give zeroes the lent bytes, so all of an idle store is
   * zero.
   */
  size = 0;
  /**
   * Its stack when it is idle. Undefined if it is larger than `maxBufferSize`: it is freed when it is
   * given.
   */
  stack: IdleStack<Store> | undefined;
  /** Whether its bytes can be resized. */
  readonly isElastic: boolean;
  /**
   * The number of the get that lent the store or, if it is idle, of the give that brought it back. The
   * least recently used has the lowest.
   */
  since = 0;
  /** The tick of the last give: see `hasRested`. */
  tick: number = LONG_AGO;
  /** The last sampled get of this store, which may be of an earlier lease: see `currentSample`. */
  sample: Sample | undefined = undefined;

  /** What tells when its bytes are collected. */
  registry: FinalizationRegistry<Store> | undefined = undefined;

  /** The bytes of an elastic store even while it is lent, so that those beyond the view can be trimmed. */
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

  /** The get of the present lease, if it was sampled. */
  get currentSample(): Sample | undefined {
    return this.sample?.get === this.since ? this.sample : undefined;
  }
}
