import type { Run, RunOptions, Trial } from '../results/run.ts';
import type { Recovery, TrialSummary } from '../results/trial-summary.ts';
import { costOf } from './summary.ts';

/** The trial every other one of its runtime is compared with: the article's first program. */
export const BASELINE = 'none';

export interface Verdict {
  readonly trial: Trial & { readonly summary: TrialSummary };
  /** No strategy on its runtime does better at what the workload is about; several may be equal. */
  readonly winner: boolean;
  /** Its cost ÷ that of `none` on the same runtime; undefined without a finished `none`. */
  readonly toBaseline: number | undefined;
}

/** Trials of different runtimes are not compared: they start with different engines. */
export function judge(run: Run): ReadonlyMap<Trial, Verdict> {
  const finished = run.trials.filter(isFinished);
  /** The less the better: the time it took to come back or, where that is not the question, the memory. */
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

/** How many idle timeouts the memory took to come back. More decimals would be the ticks' doing. */
function timeouts({ afterMs }: Recovery, { idleTimeoutMs }: RunOptions): number {
  return afterMs === null ? Infinity : Number((afterMs / idleTimeoutMs).toFixed(1));
}

function isFinished(trial: Trial): trial is Trial & { summary: TrialSummary } {
  return trial.summary !== null;
}
