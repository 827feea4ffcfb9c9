/**
 * `profile.json`: what a profiled program did with its buffers. Everything that is drawn, printed and written as a
 * pprof profile comes from it. Milliseconds count from `startedAt`; bytes are of backing stores; shares and errors are
 * 0 to 1.
 *
 * A figure that comes from samples is an `Estimate`. "Held" means reachable, as looks saw it: when a buffer was used
 * for the last time cannot be known.
 */
export const PROFILE_VERSION = 1;

export interface Profile {
  readonly giveback: 'profile';
  readonly version: typeof PROFILE_VERSION;
  /** The version of giveback-lab that wrote it. */
  readonly lab: string;
  readonly command: readonly string[];
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** How the command ended. Both are `null` if it was still running when the profile was drawn. */
  readonly ended: { readonly exitCode: number | null; readonly signal: string | null };
  readonly settings: ProfileSettings;
  readonly summary: ProfileSummary;
  /** In the order in which they started. */
  readonly threads: readonly ProfiledThread[];
  /** Ways of allocating, most bytes first. */
  readonly apis: readonly ProfiledApi[];
  /** Most bytes first. */
  readonly sites: readonly Site[];
  /** Every frame that stacks name, by its index. */
  readonly frames: readonly Frame[];
  readonly stacks: readonly Stack[];
  readonly timeline: Timeline;
  /** Bytes that belong to no site, most first. They are in the total, and spread over no site. */
  readonly unattributed: readonly Unattributed[];
  /** What the reader must know before believing the figures, a sentence each: torn traces, no looks, few samples. */
  readonly notes: readonly string[];
}

export interface ProfileSettings {
  /** Mean bytes between two samples at the start. */
  readonly interval: number;
  /** Smaller allocations are counted, and never sampled. */
  readonly minBytes: number;
  /** The share of time that looks may take. 0: no looks, so nothing is known of how long buffers are held. */
  readonly looks: number;
}

/** Bytes estimated from samples. */
export interface Estimate {
  readonly bytes: number;
  /** How many samples it rests on. */
  readonly samples: number;
  /**
   * One standard error, relative to `bytes`: 0.05 is ±5%. It is 1/√samples where each sample stands for the same number of
   * bytes, less where buffers are larger than the interval, and 0 where every allocation was a sample.
   */
  readonly error: number;
}

export interface ProfileSummary {
  /** The profile in a sentence or two, of plain text. */
  readonly sentence: string;
  /** All that was sampled, attributed or not. The shares of sites are shares of it. */
  readonly allocated: Estimate;
  /** Exact counts of every allocation that passed by, also of small ones. */
  readonly counted: { readonly bytes: number; readonly allocations: number };
  readonly attributedShare: number;
  /** The look at which most was reachable. `null` without looks. */
  readonly peak: Peak | null;
  /** The highest resident memory of all processes together, as the traces have it. */
  readonly peakResidentBytes: number;
  /** The profiler's own time, without looks, as a share of the CPU time of the program. */
  readonly ownShare: number;
  /** The time that looks took, as a share of the time that the threads ran. */
  readonly looksShare: number;
}

export interface Peak {
  readonly ms: number;
  readonly reachable: Estimate;
}

export interface ProfiledThread {
  readonly pid: number;
  readonly ppid: number;
  /** 0 is the main thread. */
  readonly thread: number;
  readonly node: string;
  /** What it ran, in a few words: `server.js`, `-e`, `npm start`. */
  readonly title: string;
  readonly startMs: number;
  readonly endMs: number;
  /** `null` if it did not end by itself. */
  readonly exitCode: number | null;
  readonly allocated: Estimate;
  readonly countedBytes: number;
  readonly looks: number;
  /** Mean bytes between two samples at the end. */
  readonly interval: number;
  /** Lines that could not be read, such as the last one of a process that was killed. */
  readonly badLines: number;
}

export interface ProfiledApi {
  /** `Buffer.concat`, `socket read`. */
  readonly name: string;
  /** Exact. */
  readonly bytes: number;
  /** Exact. */
  readonly allocations: number;
  readonly sampled: Estimate;
}

/**
 * Where a site's frame is:
 * `own`: the program's own code. `package`: no frame is the program's own, and this one is a package's. `opened`: the
 * bytes were born in C++, and this is where the program opened the server, connection or file that they came from.
 */
export type SiteKind = 'own' | 'package' | 'opened';

export interface Site {
  /** From 1, by bytes. */
  readonly id: number;
  /** The name of the function, or `(anonymous)`. */
  readonly name: string;
  /** Relative to the directory of the command where it is inside that; in the source, if there is a source map. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly kind: SiteKind;
  /** The package whose code allocated, called by this site or being the site; `null` if no package stands between. */
  readonly package: string | null;
  /** What it allocated with, most bytes first. */
  readonly apis: readonly { readonly name: string; readonly bytes: number }[];
  readonly allocated: Estimate;
  /** Of all that was sampled. */
  readonly share: number;
  /** Estimated number of allocations. */
  readonly allocations: number;
  readonly sizes: Sizes;
  /** `null` without looks. */
  readonly held: Held | null;
  /** Reachable at the peak; `null` without looks. */
  readonly atPeak: Estimate | null;
  readonly advice: Advice;
}

/** Sizes of a site's buffers. Quantiles are by bytes: half of the bytes are in buffers of at most `p50`. */
export interface Sizes {
  readonly min: number;
  readonly p5: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  /** By powers of two, without empty ones: buffers larger than half of `upTo`, and at most that. */
  readonly histogram: readonly { readonly upTo: number; readonly bytes: number }[];
}

/** How long a site's bytes were held: estimated from which of them each look still found (Turnbull). */
export interface Held {
  readonly p50: HeldQuantile;
  readonly p90: HeldQuantile;
  readonly p99: HeldQuantile;
  /** Of the bytes, held for at most 100 ms. */
  readonly shortLivedShare: number;
  /** Of the bytes, held for more than half of the program's run. */
  readonly lastingShare: number;
  /** One standard error of the two shares, absolute. */
  readonly shareError: number;
}

/** That share of the bytes was held for at most so long; `null` where it was longer than could be watched. */
export interface HeldQuantile {
  readonly ms: number | null;
  /** Between these it was in two thirds of resamples, and as far as looks can tell. */
  readonly lowMs: number | null;
  readonly highMs: number | null;
}

/**
 * What to do:
 * `fixed`, `elastic`: recycle with a `BufferRecycler` of that memory. `typed`: recycle typed arrays with a `Recycler`.
 * `replace`: a part of giveback/io does what allocates here. `package`: a package allocates, and nothing of giveback replaces it.
 * `node`: Node itself allocates, and takes no buffer of yours. `small`, `few`, `lasting`: leave it.
 */
export type AdviceKind =
  | 'fixed'
  | 'elastic'
  | 'typed'
  | 'replace'
  | 'package'
  | 'node'
  | 'small'
  | 'few'
  | 'lasting';

export interface Advice {
  readonly kind: AdviceKind;
  /** Who could change it. */
  readonly who: 'you' | 'package' | 'nobody';
  /** One line, with code in backticks: "one size, 8.4 MB, held 40 ms: `fixed`". */
  readonly text: string;
}

/** Which code a frame belongs to. `eval` and `wasm` are the program's own. */
export type FrameKind = 'own' | 'package' | 'node' | 'eval' | 'wasm';

export interface Frame {
  /** Of the function, or `(anonymous)`. */
  readonly name: string;
  /** As in `Site`; `node:…` inside Node; empty if unknown. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly kind: FrameKind;
  readonly package: string | null;
  /** It awaited what the frame before it, nearer to the allocation, did. */
  readonly async: boolean;
}

/** All samples of one stack and one API: a leaf of a flame graph. */
export interface Stack {
  /** Its site's id; `null`: unattributed. */
  readonly site: number | null;
  /** The name of what it allocated with, innermost of all. */
  readonly api: string;
  /** Indexes into `frames`, innermost first. */
  readonly frames: readonly number[];
  /** How many of the outermost frames say where the server, connection or file was opened, rather than who called. */
  readonly opened: number;
  readonly allocations: number;
  readonly bytes: number;
  readonly samples: number;
  /** Reachable at the peak. */
  readonly peakAllocations: number;
  readonly peakBytes: number;
  /** Bytes by column of the timeline, without columns that have none: for a flame graph of a range. */
  readonly columns: readonly (readonly [column: number, bytes: number])[];
}

/**
 * What happened when, in columns of equal width. All lists but `looks` have an item a column. Memory is that of all
 * processes together, at the end of the column, `null` while it is not known.
 */
export interface Timeline {
  readonly stepMs: number;
  /** Bytes allocated in the column, estimated. Divided by `stepMs` it is the rate. */
  readonly allocated: readonly number[];
  /** Bytes held, estimated from looks also between them; `null` without looks. Without garbage that waits for the collector. */
  readonly held: readonly number[] | null;
  /** With garbage that waits for the collector. */
  readonly arrayBuffers: readonly (number | null)[];
  readonly external: readonly (number | null)[];
  readonly heapUsed: readonly (number | null)[];
  readonly resident: readonly (number | null)[];
  /** At each look, what it found reachable; of other threads, what their last looks found. */
  readonly looks: readonly {
    readonly ms: number;
    readonly tookMs: number;
    readonly reachable: Estimate;
  }[];
}

/**
 * Why bytes belong to no site:
 * `no stack`: no JavaScript was running. `node`: all frames are Node's own, and nothing tells what they worked for.
 * `not sampled`: counted, but too small to be sampled, or left out by chance where samples are few. It is no part of `summary.allocated`.
 */
export interface Unattributed {
  readonly reason: 'no stack' | 'node' | 'not sampled';
  /** One line: "in Node's own code: fs.readFile of …". */
  readonly text: string;
  readonly bytes: number;
  readonly samples: number;
  readonly error: number;
}
