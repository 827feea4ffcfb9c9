/** Of a buffer that is lent now, as `leases()` reports it. */
export interface LeaseReport {
  /** Bytes of the buffer. */
  readonly size: number;
  /** Where it was got: a stack from the caller of `get` on. Only of sampled gets. */
  readonly stack?: string | undefined;
  /** Milliseconds since then. Only of sampled gets. */
  readonly heldMs?: number | undefined;
  /** The id of the thread that has it, or that handed it over last. Only of a `SharedBufferRecycler`. */
  readonly thread?: number | undefined;
}
