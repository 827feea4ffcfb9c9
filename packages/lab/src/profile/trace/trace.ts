import type { MemoryLine, TotalsLine, TraceFrame, TraceHead } from '../trace-format.ts';

/** What one thread of a profiled program told, read and checked. Times count from the head's `timeOrigin`. */
export interface Trace {
  readonly head: TraceHead;
  readonly stacks: ReadonlyMap<number, readonly TraceFrame[]>;
  readonly apis: ReadonlyMap<number, string>;
  /** In the order in which they were made. */
  readonly samples: readonly Sample[];
  /** In the order of time, without the one at the exit. */
  readonly looks: readonly Look[];
  readonly memory: readonly MemoryLine[];
  /** The last that was told. */
  readonly totals: TotalsLine | undefined;
  /** All that were told, in the order of time: what was allocated when. */
  readonly counters: readonly TotalsLine[];
  /** `undefined` if the thread did not end by itself. */
  readonly exitCode: number | undefined;
  /** Milliseconds: the latest time that any line tells. */
  readonly endMs: number;
  /** Lines that could not be read. */
  readonly badLines: number;
}

export interface Sample {
  readonly t: number;
  readonly bytes: number;
  readonly weight: number;
  readonly api: number;
  readonly stack: number;
  readonly origin: number | undefined;
  /** The time of the look that found it gone; `undefined` while it was reachable. */
  goneAt: number | undefined;
}

export interface Look {
  readonly t: number;
  readonly took: number;
}
