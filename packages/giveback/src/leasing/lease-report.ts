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

const IDENTITY = Symbol.for('giveback.lease');

/** Freezes a report that is told from those of all other leases of its recycler: see `identityOf`. */
export function identified(report: LeaseReport, identity: number | string): LeaseReport {
  // Not enumerable, as it means nothing to whoever reads the report.
  return Object.freeze(Object.defineProperty(report, IDENTITY, { value: identity }));
}

/** The same in each report of one lease, and of no other lease of that recycler; of any copy of the library. */
export function identityOf(report: LeaseReport): unknown {
  return (report as { readonly [IDENTITY]?: unknown })[IDENTITY];
}
