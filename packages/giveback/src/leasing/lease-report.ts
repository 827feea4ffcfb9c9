/** A buffer that is lent now, as `leases()` reports it. */
export interface LeaseReport {
  /** Bytes of the buffer. */
  readonly size: number;
  /** Where it was got: the stack from the caller of `get` on. Known for sampled gets only. */
  readonly stack?: string | undefined;
  /** Milliseconds since that get. Known for sampled gets only. */
  readonly heldMs?: number | undefined;
  /** The id of the thread that owns it: `SharedBufferRecycler` only. */
  readonly thread?: number | undefined;
}
