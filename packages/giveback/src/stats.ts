/**
 * What a `Recycler` holds and has done, at one moment. Always `makes` = the sum of `frees` +
 * `lent.count` + `idle.count`, and `gets` = `gives` + `lent.count`.
 */
export interface RecyclerStats {
  /** The recycler's name. */
  readonly name: string;
  /** Things out with users. */
  readonly lent: { readonly count: number };
  /** Things waiting inside the recycler. */
  readonly idle: { readonly count: number };
  /** Gets so far. */
  readonly gets: number;
  /** Gets so far that an idle thing served. */
  readonly reuses: number;
  /** Things made so far. */
  readonly makes: number;
  /** Gives so far. */
  readonly gives: number;
  /** Things freed so far, by reason. */
  readonly frees: {
    /** Given when `maxIdle` things were idle already. */
    readonly full: number;
    /** Idle for longer than `idleTimeout`. */
    readonly aged: number;
    /** Idle when `trim()` was called. */
    readonly trimmed: number;
    /** Unfit to be lent again: its `reset` threw. */
    readonly reset: number;
    /** Idle at `close()`, or given back after it. */
    readonly closed: number;
  };
}
