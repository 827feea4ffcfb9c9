import { formatCount, formatMegabytes, formatRatio, formatTime } from '../core/units.ts';
import { runtimeName } from '../measure/runtime-identity.ts';
import type { Run } from '../results/run.ts';
import type { TrialSummary } from '../results/trial-summary.ts';
import { describeFailure } from './failure.ts';
import { figureOf, type Group, groupsOf } from './group.ts';
import { formatRange, type Spread } from './spread.ts';
import { LITTLE } from './summary.ts';
import { judge, type Verdict } from './verdict.ts';

// A run as a table of plain text, for the terminal and the page: a row a strategy and runtime, a column a figure.

export interface Column {
  readonly name: string;
  /** What it means, in a sentence for a page. */
  readonly meaning: string;
  /** Where there is no room for all columns, those with the least weight go first. */
  readonly weight: number;
  readonly cell: (verdict: Verdict) => Cell;
}

export interface Cell {
  /** The median of the trials. */
  readonly text: string;
  /** From the least to the most, if they differ. */
  readonly range?: string | undefined;
}

export interface Row {
  readonly runtime: string;
  /** With a star, if none is better. */
  readonly strategy: string;
  /** A cell a column; none if no trial has finished. */
  readonly cells: readonly Cell[];
  /** What became of its trials, where none has finished. */
  readonly instead: 'failed' | 'interrupted';
  /** What went wrong, in a sentence a trial. */
  readonly failures: readonly string[];
  readonly winner: boolean;
}

/** The columns of a run. Some workloads have columns of their own. */
export function columnsOf({ options }: Run): Column[] {
  const moved: readonly Column[] = options.concurrency === undefined ? [] : MOVED;
  return [...memoryColumns(), ...timeColumns(options.unit), ...moved, ...recoveryColumns(options)];
}

export function rowsOf(run: Run): Row[] {
  const verdicts = new Map(
    judge(run).flatMap(({ verdicts }) => verdicts.map((each) => [keyOf(each.group), each])),
  );
  const columns = columnsOf(run);
  return groupsOf(run).map((group) => {
    const verdict = verdicts.get(keyOf(group));
    return {
      runtime: runtimeName(group.runtime),
      strategy: `${verdict?.winner ? '★ ' : ''}${group.strategy}`,
      cells: verdict ? columns.map(({ cell }) => cell(verdict)) : [],
      instead: group.trials.some(({ status }) => status === 'failed') ? 'failed' : 'interrupted',
      failures: failuresOf(group),
      winner: verdict?.winner ?? false,
    };
  });
}

function keyOf({ runtime, strategy }: Group): string {
  return JSON.stringify([runtime.asked, strategy]);
}

function memoryColumns(): Column[] {
  return [
    figure(
      'peak live',
      'the most bytes in use at a time',
      5,
      formatMegabytes,
      (s) => s.peakLiveBytes,
    ),
    figure(
      'peak resident',
      'the most memory that the process had for them, above what it had when idle',
      9,
      formatMegabytes,
      (s) => s.peakResidentBytes,
    ),
    figure(
      'ratio',
      'peak resident ÷ peak live; 1.00× would be no waste at all',
      10,
      formatRatio,
      ratioOf,
    ),
    {
      name: 'to none',
      meaning: 'peak resident ÷ that of none, for the same work',
      weight: 10,
      cell: ({ toBaseline }) =>
        toBaseline ? cellOf(toBaseline, (n) => n.toFixed(2)) : { text: '–' },
    },
    figure('makes', 'buffers made', 3, formatCount, (s) => s.makes),
    figure('frees', 'buffers freed by the strategy', 2, formatCount, (s) => s.frees),
    {
      name: 'in GC',
      meaning: 'time in which the collector stopped the program, where the runtime tells',
      weight: 4,
      cell: ({ group }) =>
        group.finished.every(({ summary }) => summary.gc !== null)
          ? cellOf(
              figureOf(group, (s) => s.gc?.ms ?? 0),
              formatTime,
            )
          : { text: '–' },
    },
  ];
}

function timeColumns({ one, time }: Run['options']['unit']): Column[] {
  const of = `of a ${one}, ${time}`;
  return [
    figure('p50', `half of all times ${of}, are shorter`, 8, formatTime, (s) => s.unitMs.p50),
    figure('p99', 'of 100 such times 99 are shorter', 7, formatTime, (s) => s.unitMs.p99),
    figure('max', 'the longest', 1, formatTime, (s) => s.unitMs.max),
  ];
}

const MOVED: readonly Column[] = [
  figure('MB/s', 'megabytes moved a second', 8, formatWhole, ({ moved }) =>
    moved ? moved.bytes / 1_000 / moved.ms : 0,
  ),
  figure('errors', 'units of work that failed, and pieces with wrong bytes', 6, formatCount, (s) =>
    s.moved ? s.moved.errors : 0,
  ),
];

function recoveryColumns({ givenAt }: Run['options']): Column[] {
  if (givenAt === undefined) return [];
  const meaning =
    'from the moment all was given back until resident stays within 5% and 10 MB of the idle process; else what stays';
  return [{ name: 'back after', meaning, weight: 11, cell: ({ group }) => recoveryCell(group) }];
}

/** The longest time if all trials were back, else what stayed in the end. */
function recoveryCell(group: Group): Cell {
  const stays = figureOf(group, (s) => s.recovery?.residentBytes ?? 0);
  if (group.finished.some(({ summary }) => (summary.recovery?.afterMs ?? null) === null)) {
    const { text, range } = cellOf(stays, formatMegabytes);
    return { text: `not: ${text}`, range };
  }
  return cellOf(
    figureOf(group, (s) => s.recovery?.afterMs ?? 0),
    formatTime,
  );
}

function figure(
  name: string,
  meaning: string,
  weight: number,
  format: (number: number) => string,
  of: (summary: TrialSummary) => number,
): Column {
  return { name, meaning, weight, cell: ({ group }) => cellOf(figureOf(group, of), format) };
}

function cellOf(spread: Spread, format: (number: number) => string): Cell {
  return { text: format(spread.median), range: formatRange(spread, format) };
}

/** Not a number where next to nothing is live, which is shown as a dash. */
function ratioOf({ peakRatio, peakLiveBytes }: TrialSummary): number {
  return peakLiveBytes < LITTLE || peakRatio === null ? Number.NaN : peakRatio;
}

function formatWhole(number: number): string {
  return formatCount(Math.round(number));
}

function failuresOf({ trials }: Group): string[] {
  return trials
    .filter(({ summary }) => summary === null)
    .map(({ status, failure, rows, round }) => {
      const what = failure ? `failed: ${describeFailure(failure)}` : status;
      const which = trials.length > 1 ? `trial ${round} ` : '';
      return `${which}${what} (after ${formatCount(rows)} ticks)`;
    });
}
