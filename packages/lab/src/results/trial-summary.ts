import type { GcTime } from '../measure/gc-time.ts';
import type { Quantiles } from '../measure/latencies.ts';
import type { Transfer } from '../workloads/workload.ts';

/** What only the process itself can tell of its trial. */
export interface ProcessSummary {
  /** Milliseconds from the first tick to the last. */
  readonly wallMs: number;
  /** Milliseconds of processor time, of all threads. */
  readonly cpuMs: number;
  /** `null` where the runtime does not tell (Bun, Deno). */
  readonly gc: GcTime | null;
  /** How long the workload's operations took. In the article's workload that is one replacement. */
  readonly unitMs: Quantiles;
  /** Of a workload that moves bytes. */
  readonly moved?: Transfer;
}

/** A finished trial in a few numbers. Bytes count from what the idle process had at its start. */
export interface TrialSummary extends ProcessSummary {
  readonly peakResidentBytes: number;
  readonly peakLiveBytes: number;
  readonly meanResidentBytes: number;
  readonly meanLiveBytes: number;
  /** Peak resident ÷ peak live: what a machine needs for each byte in use. The figure to compare. `null` if nothing was live at any tick. */
  readonly peakRatio: number | null;
  /** Mean resident ÷ mean live, over all ticks; `null` likewise. */
  readonly meanRatio: number | null;
  /** Of a replay: `HeapAlloc`, which is what the program recorded as well: what 95% of readings do not exceed, and the mean. */
  readonly allocated?: { readonly highBytes: number; readonly meanBytes: number };
  readonly makes: number;
  readonly frees: number;
  /** Of a workload that gives everything back in the end. */
  readonly recovery?: Recovery;
}

/** What became of the memory after everything was given back. */
export interface Recovery {
  /** Up to this many resident bytes the memory counts as back: 5% of the idle process, and 10 MB. */
  readonly limitBytes: number;
  /**
   * Milliseconds from the give until resident memory stays within the limit, rounded up to a tick; `null` if it
   * does not.
   */
  readonly afterMs: number | null;
  /** Resident at the end, above the idle process. */
  readonly residentBytes: number;
}
