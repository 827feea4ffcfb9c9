import type { Host } from '../measure/host.ts';
import type { RuntimeIdentity } from '../measure/runtime-identity.ts';
import type { Settings, UnitOfWork } from '../workloads/settings.ts';
import type { TrialSummary } from './trial-summary.ts';

/** The version of the layout of `run.json`. Raised when older labs could no longer read it. */
export const RESULTS_VERSION = 2;

/** `run.json`: what was run, where, with which versions and options, and the results. */
export interface Run {
  readonly format: 'giveback-lab';
  readonly version: typeof RESULTS_VERSION;
  /** The version of giveback-lab that ran it. */
  readonly lab: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly status: RunStatus;
  readonly options: RunOptions;
  readonly host: Host;
  readonly skipped: readonly Skipped[];
  readonly trials: readonly Trial[];
}

/** A runtime that could not be had, or a strategy that is not possible on a runtime. */
export interface Skipped {
  readonly runtime: string;
  /** Missing if the runtime is skipped with all strategies. */
  readonly strategy?: string;
  readonly reason: string;
}

/** `failed`: at least one trial failed. `interrupted`: a signal stopped the run before all trials had ended. */
export type RunStatus = 'running' | 'finished' | 'failed' | 'interrupted';

export interface RunOptions extends Settings {
  readonly workload: string;
  /** What its times are of. */
  readonly unit: UnitOfWork;
  readonly strategies: readonly string[];
  readonly runtimes: readonly string[];
  readonly seed: number;
  /** How often each strategy runs on each runtime. */
  readonly trials: number;
}

export interface Trial {
  /** The name of its files without extension: `none-node-20.20.2`. */
  readonly name: string;
  readonly strategy: string;
  readonly runtime: RuntimeIdentity & { readonly asked: string };
  /** From 1: which of the trials of its strategy and runtime it is. */
  readonly round: number;
  readonly status: 'finished' | 'failed' | 'interrupted';
  /** Lines in its CSV, one a tick. Fewer than asked for unless it finished. */
  readonly rows: number;
  /** Bytes of the idle process at the start, which are subtracted from every other figure. */
  readonly idle: { readonly resident: number; readonly allocated: number } | null;
  /** Of a finished trial. */
  readonly summary: TrialSummary | null;
  /** Of a failed trial. */
  readonly failure: Failure | null;
}

export interface Failure {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The line of its last words that says most. */
  readonly reason: string;
  readonly lastWords: readonly string[];
}

/** `jemalloc on node: libjemalloc.so.2 is not installed`. */
export function describeSkipped({ runtime, strategy, reason }: Skipped): string {
  return `${strategy === undefined ? '' : `${strategy} on `}${runtime}: ${reason}`;
}
