/** What some pools can do besides lending. Tests of misuse use it. */
export interface Extras<T> {
  /** A get for a `using` block; `end` is called at the end of the block. */
  lease?(size: number): { readonly thing: T; end(): void };
  /** Resizes `thing`. @returns what replaces it */
  resize?(thing: T, size: number): T;
  /** Transfers the bytes of `thing` away. @returns a function that brings them back as another thing */
  handOver?(thing: T): () => T;
  /** How many are lent. */
  lentCount?(): number;
}

/** Lends things of the size asked for, or, if all have one size, of that size whatever is asked for. */
export interface SyncPool<T> extends Extras<T> {
  readonly isAsync?: false;
  get(size: number): T;
  give(thing: T): unknown;
}

/** A pool whose `get` returns a promise. */
export interface AsyncPool<T> extends Extras<T> {
  readonly isAsync: true;
  get(size: number): Promise<T>;
  give(thing: T): unknown;
}

export type Pool<T> = SyncPool<T> | AsyncPool<T>;
type Opened<T> = Pool<T> | Promise<Pool<T>>;

/** Settings that a candidate gets in addition to those in its documentation's example. */
export interface Settings {
  /** Milliseconds after which idle things are dropped, for candidates that do that; default: their own. */
  readonly idleTimeout?: number;
}

/** What a pool needs to know about its things. */
export interface Things<T> extends Settings {
  readonly make: () => T;
  readonly reset?: (thing: T) => void;
}

/**
 * `bare`: lists without checks, sizes and bounds, one of which is the limit of each scenario. `platform`: what Node has
 * itself. `peer`: packages from npm.
 */
export type Kind = 'bare' | 'platform' | 'peer' | 'giveback';

/**
 * What a get of one size returns: a new, exact `view` of recycled memory; the recycled object itself, the `store`; or
 * `new` memory.
 */
export type Lends = 'view' | 'store' | 'new';

/**
 * Something that lends memory and takes it back, used as its documentation says. It imports its package only when a
 * pool is opened, so that a process loads one candidate.
 */
export interface Candidate {
  readonly name: string;
  readonly kind: Kind;
  readonly lends: Lends;
  /** The name of its package on npm. */
  readonly npm?: string;
  /** What a reader of the tables should know. */
  readonly note?: string;
  /** Whether a get returns a promise. */
  readonly isAsync?: true;
  /** The scenarios in which it is measured; default: all. */
  readonly only?: readonly string[];
  /** The candidate that its times are divided by; default: the scenario's limit. */
  readonly limit?: string;
  /** Opens a pool that lends bytes of any size. */
  readonly bytes?: (settings: Settings) => Opened<Uint8Array>;
  /** Opens a pool that lends bytes of one size. */
  readonly chunks?: (size: number) => Opened<Uint8Array>;
  /** Opens a pool that lends any kind of object. */
  readonly things?: <T extends object>(things: Things<T>) => Opened<T>;
}
