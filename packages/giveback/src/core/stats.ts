import { INSPECT } from './platform.ts';

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

/** Why a buffer was freed: see `BufferRecyclerStats.frees`. */
export type FreeReason =
  | 'full'
  | 'oversize'
  | 'aged'
  | 'trimmed'
  | 'pressure'
  | 'evicted'
  | 'lost'
  | 'closed';

/**
 * What a `BufferRecycler` holds and has done, at one moment. Always `makes` = the sum of `frees` +
 * `discards` + `leaks` + `lent.count` + `idle.count`, and `gets` = `gives` + `discards` + `leaks` +
 * `lent.count`. Bytes are those of the backing stores, which may be more than was asked for.
 */
export interface BufferRecyclerStats {
  /** The recycler's name. */
  readonly name: string;
  /** The most bytes that it may hold, as given at construction. */
  readonly maxBytes: number;
  /** The most bytes that it may keep idle, as given at construction. */
  readonly maxIdleBytes: number;
  /** Buffers out with users. */
  readonly lent: { readonly count: number; readonly bytes: number };
  /** Buffers waiting inside the recycler. */
  readonly idle: { readonly count: number; readonly bytes: number };
  /**
   * Bytes that are no longer held, but not yet returned to the system: discarded and left to the collector,
   * or freed a moment after they were given. They count against `maxBytes` too.
   */
  readonly releasingBytes: number;
  /** Bytes of lent and idle stores beyond what was asked of each last. */
  readonly spareBytes: number;
  /** The most bytes that were lent, and that were held (lent and idle), at any moment so far. */
  readonly peak: { readonly lentBytes: number; readonly heldBytes: number };
  /** Buffers got so far. */
  readonly gets: number;
  /** Buffers got so far that an idle store served. */
  readonly reuses: number;
  /** Backing stores made so far. */
  readonly makes: number;
  /** Buffers given back so far. */
  readonly gives: number;
  /** Backing stores freed so far, by reason. */
  readonly frees: {
    /** Given, but larger than `maxIdleBytes`. */
    readonly full: number;
    /** Given, but larger than `maxBufferSize`: such buffers are never kept. */
    readonly oversize: number;
    /** Idle for longer than `idleTimeout`. */
    readonly aged: number;
    /** Idle when `trim()` was called. */
    readonly trimmed: number;
    /** Idle when the process neared its memory limit, or the platform refused to allocate. */
    readonly pressure: number;
    /** Idle for longest when room was needed within `maxIdleBytes` or `maxBytes`. */
    readonly evicted: number;
    /** Idle, but its bytes had been transferred away through a stale reference. */
    readonly lost: number;
    /** Idle at `close()`, or given back after it. */
    readonly closed: number;
  };
  /** Buffers discarded so far: never reused, left to the collector. */
  readonly discards: number;
  /** Lent buffers that were garbage-collected so far without being given back. */
  readonly leaks: number;
  /** Acquires waiting for room now. */
  readonly waiting: number;
  /** Acquires so far that had to wait. */
  readonly waits: number;
  /** Acquires so far that gave up after their `timeout`. */
  readonly timeouts: number;
  /** Bytes asked for by all gets so far: as much would have been allocated without recycling. */
  readonly requestedBytes: number;
}

/**
 * The stats of any recycler. What only some recyclers have is optional: see `RecyclerStats`,
 * `BufferRecyclerStats` and `SharedBufferRecyclerStats`.
 */
export interface AnyRecyclerStats extends Pick<RecyclerStats, CommonToAll> {
  readonly lent: { readonly count: number; readonly bytes?: number };
  readonly idle: { readonly count: number; readonly bytes?: number };
  readonly frees?: Readonly<Partial<Record<FreeReason | 'reset', number>>>;
  readonly maxBytes?: number;
  readonly maxIdleBytes?: number;
  readonly releasingBytes?: number;
  readonly spareBytes?: number;
  readonly peak?: BufferRecyclerStats['peak'];
  readonly discards?: number;
  readonly leaks?: number;
  readonly reclaims?: number;
  readonly waiting?: number;
  readonly waits?: number;
  readonly timeouts?: number;
  readonly requestedBytes?: number;
  readonly blocks?: { readonly count: number; readonly bytes: number };
}

/** The numbers of a snapshot, by the names of their fields: `gets`, `lent.count`, `frees.aged`. */
export function flatten(stats: object): Record<string, number> {
  const numbers: Record<string, number> = {};
  addNumbers(numbers, stats, '');
  return numbers;
}

function addNumbers(numbers: Record<string, number>, of: object, prefix: string): void {
  for (const field in of) {
    const value = (of as Record<string, unknown>)[field];
    if (typeof value === 'number') numbers[prefix + field] = value;
    else if (typeof value === 'object') addNumbers(numbers, value as object, `${field}.`);
  }
}

type CommonToAll = 'name' | 'gets' | 'reuses' | 'makes' | 'gives';

function summary(kind: string, stats: AnyRecyclerStats): string {
  const { name, lent, idle, gets, reuses, makes, waiting } = stats;
  const amount = (of: AnyRecyclerStats['lent']): string =>
    of.bytes === undefined ? `${of.count}` : `${of.count} (${of.bytes} bytes)`;
  return `${kind} \`${name}\` { lent: ${amount(lent)}, idle: ${amount(idle)}, gets: ${gets}, reuses: ${reuses}, makes: ${makes}${waiting === undefined ? '' : `, waiting: ${waiting}`} }`;
}

/** Makes `util.inspect` show recyclers of that class by name and stats, in one line. */
export function showStats(recycler: { readonly prototype: { stats(): AnyRecyclerStats } }): void {
  const { prototype } = recycler;
  const { name } = prototype.constructor;
  Object.defineProperty(prototype, INSPECT, {
    value(this: typeof prototype): string {
      return summary(name, this.stats());
    },
  });
}
