/** What a side of the soak is told when it starts. */
export interface Settings {
  /** With the library, or the same traffic without it. */
  readonly side: 'giveback' | 'plain';
  readonly seed: number;
  readonly seconds: number;
  /** Seconds between two samples. */
  readonly every: number;
  /** Milliseconds after which what is idle is freed. */
  readonly idleTimeout: number;
  /** Milliseconds that a lease lasts at most. */
  readonly longest: number;
  /** Operations a second. */
  readonly rates: { readonly leases: number; readonly frames: number; readonly requests: number };
}

/** What it tells every so often. */
export interface Sample {
  readonly kind: 'sample';
  readonly second: number;
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
  readonly lentBytes: number;
  readonly idleBytes: number;
  readonly releasingBytes: number;
  /** Milliseconds by which the event loop was late, since the last sample. */
  readonly delayP50: number;
  readonly delayP99: number;
  /** So far. */
  readonly operations: number;
  readonly skipped: number;
  readonly faults: number;
}

/** What it tells at its end. */
export interface End {
  readonly kind: 'end';
  readonly faults: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
  /** How operations ended: how many in which way. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Of all recyclers together, once everything is over and the idle timeout has passed. */
  readonly lent: number;
  readonly idle: number;
  readonly totals: Readonly<Record<string, number>>;
}

/** The longest body that the servers take. */
export const LIMIT = 2 * 1024 * 1024;

/** Milliseconds for which a body waits for room. */
export const WAIT = 20_000;

/** What a client process is told. */
export interface ClientSettings {
  readonly seed: number;
  readonly perSecond: number;
  readonly ports: Ports;
}

export interface Ports {
  readonly http: number;
  readonly fastify: number;
  readonly echo: number;
}

/** What it tells at its end. */
export interface ClientEnd {
  readonly faults: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
  readonly outcomes: Readonly<Record<string, number>>;
}

/** Counts by name. */
export class Tally {
  readonly counts: Record<string, number> = {};

  add(name: string, count = 1): void {
    this.counts[name] = (this.counts[name] ?? 0) + count;
  }
}
