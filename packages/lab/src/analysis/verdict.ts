import type { Run, RunOptions, Trial } from '../results/run.ts';
import type { Recovery, TrialSummary } from '../results/trial-summary.ts';
import { costOf } from './summary.ts';

/** The strategy that the others on a runtime are compared with: the article's first program. */
export const BASELINE = 'none';

export interface Verdict {
  readonly trial: Trial & { readonly summary: TrialSummary };
  /** Whether no other strategy on its runtime is better. Several may be equally good. */
  readonly winner: boolean;
  /** Its cost ÷ that of `none` on the same runtime; `undefined` without a finished `none`. */
  readonly toBaseline: number | undefined;
}

/** Compares the finished trials of each runtime. Runtimes are not compared, as their engines differ. */
export function judge(run: Run): ReadonlyMap<Trial, Verdict> {
  const finished = run.trials.filter(isFinished);
  /** Less is better: the time until memory was back, or the memory of a workload without recovery. */
  const rank = (summary: TrialSummary): number =>
    summary.recovery ? timeouts(summary.recovery, run.options) : costOf(summary);
  return new Map(
    finished.map((trial) => {
      const rivals = finished.filter((other) => other.runtime.asked === trial.runtime.asked);
      const baseline = rivals.find(({ strategy }) => strategy === BASELINE);
      const own = rank(trial.summary);
      const beaten = own === Infinity || rivals.some(({ summary }) => rank(summary) < own);
      const toBaseline = baseline && costOf(trial.summary) / costOf(baseline.summary);
      return [trial, { trial, winner: !beaten && rivals.length > 1, toBaseline }];
    }),
  );
}

/** How many idle timeouts passed until memory was back. Ticks determine no more decimals. */
function timeouts({ afterMs }: Recovery, { idleTimeoutMs }: RunOptions): number {
  return afterMs === null ? Infinity : Number((afterMs / idleTimeoutMs).toFixed(1));
}

function isFinished(trial: Trial): trial is Trial & { summary: TrialSummary } {
  return trial.summary !== null;
}
