import type { Recovery } from './recovery.ts';
import type { Run, RunOptions, Trial } from './results.ts';
import type { TrialSummary } from './summary.ts';

/** The trial every other one of its runtime is compared with: the article's first program. */
export const BASELINE = 'none';

export interface Verdict {
  readonly trial: Trial & { readonly summary: TrialSummary };
  /** No strategy on its runtime does better at what the workload is about; several may be equal. */
  readonly winner: boolean;
  /** Its peak ratio ÷ that of `none` on the same runtime; undefined without a finished `none`. */
  readonly toBaseline: number | undefined;
}

/** Trials of different runtimes are not compared: they start with different engines. */
export function judge(run: Run): ReadonlyMap<Trial, Verdict> {
  const finished = run.trials.filter(isFinished);
  /** The less the better: the time it took to come back or, where that is not the question, the ratio. */
  const costOf = ({ recovery, peakRatio }: TrialSummary): number =>
    recovery ? timeouts(recovery, run.options) : shown(peakRatio);
  return new Map(
    finished.map((trial) => {
      const rivals = finished.filter((other) => other.runtime.asked === trial.runtime.asked);
      const baseline = rivals.find(({ strategy }) => strategy === BASELINE);
      const cost = costOf(trial.summary);
      const beaten = cost === Infinity || rivals.some(({ summary }) => costOf(summary) < cost);
      const toBaseline = baseline && trial.summary.peakRatio / baseline.summary.peakRatio;
      return [trial, { trial, winner: !beaten && rivals.length > 1, toBaseline }];
    }),
  );
}

/** How many idle timeouts the memory took to come back. More decimals would be the ticks' doing. */
function timeouts({ afterMs }: Recovery, { idleTimeoutMs }: RunOptions): number {
  return afterMs === null ? Infinity : Number((afterMs / idleTimeoutMs).toFixed(1));
}

/** What looks equal is equal: the digits that are not shown are noise. */
function shown(ratio: number): number {
  return Number(ratio.toFixed(2));
}

function isFinished(trial: Trial): trial is Trial & { summary: TrialSummary } {
  return trial.summary !== null;
}
