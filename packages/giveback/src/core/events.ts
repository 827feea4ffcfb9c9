import { type Channel, channel } from './platform.ts';

/**
 * What recyclers publish to `diagnostics_channel`. Callers check `hasSubscribers` first, so that messages
 * are built only if somebody listens.
 */
export const events: Record<'make' | 'free' | 'leak' | 'wait' | 'served', Channel> = {
  /** `{ recycler, bytes? }`: a thing was made. */
  make: channel('giveback:make'),
  /** `{ recycler, reason, bytes? }`: a thing was freed; `reason` is a key of `stats().frees`. */
  free: channel('giveback:free'),
  /**
   * `{ recycler, bytes, size, stack? }`: a lent buffer was garbage-collected; `stack` is that of its get,
   * if sampled.
   */
  leak: channel('giveback:leak'),
  /** `{ recycler, size, waiting }`: an acquire has to wait. */
  wait: channel('giveback:wait'),
  /** `{ recycler, size, waitedMs? }`: an acquire that waited was served. */
  served: channel('giveback:served'),
};
