import type { Run, Trial } from './results.ts';
import type { TrialSummary } from './summary.ts';

/** The trial every other one of its runtime is compared with: the article's first program. */
export const BASELINE = 'none';

export interface Verdict {
  readonly trial: Trial & { readonly summary: TrialSummary };
  /** No strategy on its runtime has a smaller peak ratio; several may share it. */
  readonly winner: boolean;
  /** Its peak ratio ÷ that of `none` on the same runtime; undefined without a finished `none`. */
  readonly toBaseline: number | undefined;
}

/** Trials of different runtimes are not compared: they start with different engines. */
export function judge(run: Run): ReadonlyMap<Trial, Verdict> {
  const finished = run.trials.filter(isFinished);
  return new Map(
    finished.map((trial) => {
      const rivals = finished.filter((other) => other.runtime.asked === trial.runtime.asked);
      const baseline = rivals.find(({ strategy }) => strategy === BASELINE);
      const { peakRatio } = trial.summary;
      const beaten = rivals.some(({ summary }) => shown(summary.peakRatio) < shown(peakRatio));
      const toBaseline = baseline && peakRatio / baseline.summary.peakRatio;
      return [trial, { trial, winner: !beaten && rivals.length > 1, toBaseline }];
    }),
  );
}

/** What looks equal is equal: the digits that are not shown are noise. */
function shown(ratio: number): number {
  return Number(ratio.toFixed(2));
}

function isFinished(trial: Trial): trial is Trial & { summary: TrialSummary } {
  return trial.summary !== null;
}
