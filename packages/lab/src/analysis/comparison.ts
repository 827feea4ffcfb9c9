import { formatCount, formatMegabytes, formatTime } from '../core/units.ts';
import { runtimeName } from '../measure/runtime-identity.ts';
import type { Run, Trial } from '../results/run.ts';
import type { Recovery } from '../results/trial-summary.ts';
import type { Transfer } from '../workloads/workload.ts';
import { describeFailure } from './failure.ts';
import { formatCost } from './summary.ts';
import { judge, type Verdict } from './verdict.ts';

// A run as a table of plain text, for the terminal and the page.

const HEAD: readonly string[] = [
  'runtime',
  'strategy',
  'peak live',
  'peak resident',
  'ratio',
  'to none',
  'makes',
  'frees',
  'in GC',
  'p50',
  'p99',
  'max',
];

/** The names of a run's columns. Some workloads have columns of their own. */
export function headOf(run: Run): readonly string[] {
  if (run.options.concurrency !== undefined) return [...HEAD, 'MB/s', 'errors'];
  return hasRecovery(run) ? [...HEAD, 'back after'] : HEAD;
}

function hasRecovery({ options }: Run): boolean {
  return options.givenAt !== undefined;
}

/** The index of the first column with figures. The columns before it are names. */
export const FIRST_FIGURE = 2;

export interface Row {
  readonly names: readonly string[];
  /** The figures of a finished trial, or a sentence that says why there are none. */
  readonly figures: readonly string[] | string;
  readonly winner: boolean;
}

export function compareTrials(run: Run): Row[] {
  const verdicts = judge(run);
  return run.trials.map((trial) => {
    const verdict = verdicts.get(trial);
    return {
      names: [runtimeName(trial.runtime), trial.strategy],
      figures: verdict ? figuresOf(verdict) : withoutFigures(trial),
      winner: verdict?.winner ?? false,
    };
  });
}

function figuresOf({ trial: { summary }, winner, toBaseline }: Verdict): string[] {
  return [
    formatMegabytes(summary.peakLiveBytes),
    formatMegabytes(summary.peakResidentBytes),
    `${winner ? '★ ' : ''}${formatCost(summary)}`,
    toBaseline === undefined ? '–' : `${toBaseline.toFixed(2)}`,
    formatCount(summary.makes),
    formatCount(summary.frees),
    summary.gc ? formatTime(summary.gc.ms) : '–',
    formatTime(summary.replacementMs.p50),
    formatTime(summary.replacementMs.p99),
    formatTime(summary.replacementMs.max),
    ...(summary.moved ? formatTransfer(summary.moved) : []),
    ...(summary.recovery ? [formatRecovery(summary.recovery)] : []),
  ];
}

function formatTransfer({ bytes, ms, errors }: Transfer): string[] {
  return [formatCount(Math.round(bytes / 1_000 / ms)), formatCount(errors)];
}

function formatRecovery({ afterMs, residentBytes }: Recovery): string {
  return afterMs === null ? `not: ${formatMegabytes(residentBytes)}` : formatTime(afterMs);
}

function withoutFigures({ status, failure, rows }: Trial): string {
  const what = failure ? `failed: ${describeFailure(failure)}` : status;
  return `${what} (after ${formatCount(rows)} ticks)`;
}
