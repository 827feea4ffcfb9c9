import { type Channel, channel } from './platform.ts';

/**
 * What recyclers publish to `diagnostics_channel`. Messages are built only when somebody listens:
 * callers ask `hasSubscribers` first.
 */
export const events: { readonly make: Channel; readonly free: Channel } = {
  /** `{ recycler, bytes? }`: a thing was made. */
  make: channel('giveback:make'),
  /** `{ recycler, reason, bytes? }`: a thing was freed; `reason` is a key of `stats().frees`. */
  free: channel('giveback:free'),
};
