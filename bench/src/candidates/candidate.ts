/** What some pools can do beside lending, which misuse tries out. */
export interface Extras<T> {
  /** A get whose end comes by itself, as that of a `using` block: `end` is that end. */
  lease?(size: number): { readonly thing: T; end(): void };
  /** The same bytes at another size, in place of `thing`. */
  resize?(thing: T, size: number): T;
  /** Sends the bytes of `thing` elsewhere. @returns what brings them back, as another thing. */
  handOver?(thing: T): () => T;
  /** How many are lent. */
  lentCount?(): number;
}

/** Lends things: of the size asked for, or, where all are of one size, whatever is asked. */
export interface SyncPool<T> extends Extras<T> {
  readonly isAsync?: false;
  get(size: number): T;
  give(thing: T): unknown;
}

/** The same for a pool whose `get` answers with a promise. */
export interface AsyncPool<T> extends Extras<T> {
  readonly isAsync: true;
  get(size: number): Promise<T>;
  give(thing: T): unknown;
}

export type Pool<T> = SyncPool<T> | AsyncPool<T>;
type Opened<T> = Pool<T> | Promise<Pool<T>>;

/** What a candidate is told beside its documentation's own example. */
export interface Settings {
  /** Milliseconds after which to let go of what is idle, for whoever does that; else their default. */
  readonly idleTimeout?: number;
}

/** What a pool of things needs to know about them. */
export interface Things<T> extends Settings {
  readonly make: () => T;
  readonly reset?: (thing: T) => void;
}

/**
 * `bare`: lists without checks, sizes and bounds, one of which is the limit of each scenario. Then what
 * Node has itself, what npm has, and ours.
 */
export type Kind = 'bare' | 'platform' | 'peer' | 'giveback';

/**
 * What a get of one size hands out: a `view` made for it, exact and on memory that is recycled; the
 * recycled object itself, which is the `store`, again and again; or `new` memory.
 */
export type Lends = 'view' | 'store' | 'new';

/**
 * Something to get memory from and give it back to, used as its documentation says. It opens as many
 * kinds of pool as it has, and imports what it needs only then: a process loads one candidate.
 */
export interface Candidate {
  readonly name: string;
  readonly kind: Kind;
  readonly lends: Lends;
  /** Its package on npm, for the version. */
  readonly npm?: string;
  /** What a reader of the tables should know. */
  readonly note?: string;
  /** Its pools answer a get with a promise. */
  readonly isAsync?: true;
  /** The scenarios in which it tells something, where those are few. */
  readonly only?: readonly string[];
  /** The candidate that its times are divided by, where that is not the scenario's limit. */
  readonly limit?: string;
  /** Bytes of any size. */
  readonly bytes?: (settings: Settings) => Opened<Uint8Array>;
  /** Bytes of one size. */
  readonly chunks?: (size: number) => Opened<Uint8Array>;
  /** Things of any kind. */
  readonly things?: <T extends object>(things: Things<T>) => Opened<T>;
}
