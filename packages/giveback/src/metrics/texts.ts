/**
 * What each number of `stats()` means. These are the doc comments of the fields, word for word: a test compares
 * them. They are the help texts and descriptions of the metrics.
 */
export const TEXTS = {
  maxBytes: 'The most bytes that it may hold, as given at construction.',
  maxIdleBytes: 'The most bytes that it may keep idle, as given at construction.',
  lent: 'Buffers out with users.',
  idle: 'Buffers waiting inside the recycler.',
  releasingBytes:
    'Bytes that are no longer held, but not yet returned to the system: discarded and left to the collector, or freed a moment after they were given. They count against `maxBytes` too.',
  spareBytes: 'Bytes of lent and idle stores beyond what was asked of each last.',
  peak: 'The most bytes that were lent, and that were held (lent and idle), at any moment so far.',
  gets: 'Buffers got so far.',
  reuses: 'Buffers got so far that an idle store served.',
  makes: 'Backing stores made so far.',
  gives: 'Buffers given back so far.',
  frees: 'Backing stores freed so far, by reason.',
  discards: 'Buffers discarded so far: never reused, left to the collector.',
  leaks: 'Lent buffers that were garbage-collected so far without being given back.',
  reclaims: 'Blocks brought back from dead threads so far.',
  waiting: 'Acquires waiting for room now.',
  waits: 'Acquires so far that had to wait.',
  timeouts: 'Acquires so far that gave up after their `timeout`.',
  requestedBytes:
    'Bytes asked for by all gets so far: as much would have been allocated without recycling.',
} as const;
