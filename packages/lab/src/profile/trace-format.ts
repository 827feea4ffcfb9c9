/**
 * A trace: what one thread of a profiled process said about its buffers, a JSON value a line. The preload writes
 * `<pid>-<thread>.ndjson`; the end of a file whose process was killed may be torn, all lines before it count.
 * All times are milliseconds since the head's `timeOrigin`. Byte counts are of backing stores.
 */
export const TRACE_VERSION = 1;

/** The first line. */
export interface TraceHead {
  readonly giveback: 'trace';
  readonly version: typeof TRACE_VERSION;
  readonly pid: number;
  readonly ppid: number;
  /** 0 is the main thread. */
  readonly thread: number;
  /** As `process.versions.node`. */
  readonly node: string;
  readonly v8: string;
  readonly platform: string;
  readonly arch: string;
  readonly argv: readonly string[];
  readonly execArgv: readonly string[];
  readonly cwd: string;
  /** Milliseconds since 1970 at time 0: puts the traces of several processes on one axis. */
  readonly timeOrigin: number;
  /** Mean bytes between two samples at the start; 1: every allocation is a sample, of weight 1. */
  readonly interval: number;
  /** Smaller allocations are counted, and never sampled. */
  readonly minBytes: number;
  /** The share of time that looks may take, 0 to 1; 0: no looks. */
  readonly looks: number;
}

/** A call site's frame: function, file (as V8 names it), line, column, and 1 where it is an async caller. */
export type TraceFrame = readonly [
  functionName: string,
  file: string,
  line: number,
  column: number,
  isAsync: 0 | 1,
];

/** A stack, innermost frame first. Written before the first sample that names it. */
export interface StackLine {
  readonly stack: number;
  readonly frames: readonly TraceFrame[];
}

/** A name for a way of allocating, such as `Buffer.alloc` or `socket read`. Written before it is first named. */
export interface ApiLine {
  readonly api: number;
  readonly name: string;
}

/** One allocation that was sampled. */
export interface SampleLine {
  readonly sample: number;
  readonly t: number;
  readonly bytes: number;
  /** How many allocations of this kind and size the sample stands for. */
  readonly weight: number;
  readonly api: number;
  readonly stack: number;
  /** For what is born in C++: the stack where its server, connection or file was opened. */
  readonly origin?: number;
}

/** A full collection, and which sampled stores were no longer reachable after it. */
export interface LookLine {
  readonly look: number;
  /** Milliseconds that it took. */
  readonly took: number;
  /** Samples whose stores were reachable at the look before, or made since, and are not any more. */
  readonly gone: readonly number[];
}

/** Memory of the process; `arrayBuffers`, `external` and `heapUsed` are of this thread. */
export interface MemoryLine {
  readonly memory: number;
  readonly arrayBuffers: number;
  readonly external: number;
  readonly heapUsed: number;
  readonly resident: number;
}

/** A collection by V8; `kind` as in `perf_hooks.constants.NODE_PERFORMANCE_GC_*`. */
export interface GcLine {
  readonly gc: number;
  readonly kind: number;
  readonly took: number;
}

/** Exact counters so far, of every allocation that passed by. The last such line of a trace counts. */
export interface TotalsLine {
  readonly totals: number;
  /** API number, bytes, allocations. */
  readonly apis: readonly (readonly [api: number, bytes: number, count: number])[];
  readonly samples: number;
  /** Milliseconds that the profiler itself took in this thread, without looks. */
  readonly ownMs: number;
  /** Milliseconds of CPU time of the process so far. */
  readonly cpuMs: number;
  /** The mean bytes between two samples now. */
  readonly interval: number;
}

/** The last line of a thread that ended by itself. */
export interface EndLine {
  readonly end: number;
  readonly exitCode: number;
}

export type TraceLine =
  | StackLine
  | ApiLine
  | SampleLine
  | LookLine
  | MemoryLine
  | GcLine
  | TotalsLine
  | EndLine;
