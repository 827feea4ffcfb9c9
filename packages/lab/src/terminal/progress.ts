import cliProgress from 'cli-progress';
import { describeFailure } from '../analysis/failure.ts';
import { describeCost, LITTLE } from '../analysis/summary.ts';
import { formatMegabytes, formatRatio } from '../core/units.ts';
import type { RunOptions, Trial } from '../results/run.ts';
import type { Progress } from '../run/experiment.ts';
import type { SamplesMessage } from '../run/messages.ts';
import { colorsFor } from './colors.ts';

type Extent = Pick<RunOptions, 'ticks' | 'trials'>;

/** Shows progress on standard error, so that standard output has the results alone. */
export function createProgress(extent: Extent): Progress {
  return process.stderr.isTTY ? new Bars(extent) : new Lines(extent);
}

/** `recycler on node`, or `recycler on node, 2 of 5` if there are several trials of each. */
function labelOf(strategy: string, runtime: string, round: number, trials: number): string {
  return `${strategy} on ${runtime}${trials > 1 ? `, ${round} of ${trials}` : ''}`;
}

/** The longest note about a trial that goes well. */
const NOTE = 'peak resident 1,234 MB, 12.34× live'.length;
const LONGEST_BAR = 30;
const SHORTEST_BAR = 4;

/**
 * A line for each trial, which stays when the trial has ended. Where the terminal is narrow the bar is short, and then
 * the label: what comes last on the line is the number, and it must not be cut off.
 */
export function barFormat(
  label: string,
  ticks: number,
  columns: number,
): { readonly label: string; readonly barsize: number } {
  const count = 2 * String(ticks).length + 1;
  const room = columns - count - NOTE - 5;
  const longest = room < 16 ? Math.max(3, room) : room - SHORTEST_BAR;
  const short = label.length > longest ? `${label.slice(0, longest - 1)}…` : label;
  const padded = short.padEnd(Math.min(24, longest));
  const left = room - padded.length;
  return { label: padded, barsize: left < SHORTEST_BAR ? 0 : Math.min(LONGEST_BAR, left) };
}

class Bars implements Progress {
  readonly #extent: Extent;
  readonly #colors = colorsFor(process.stderr);
  #bar: cliProgress.SingleBar | undefined;

  constructor(extent: Extent) {
    this.#extent = extent;
  }

  begin(strategy: string, runtime: string, round: number): void {
    const { ticks, trials } = this.#extent;
    const name = labelOf(strategy, runtime, round, trials);
    const { label, barsize } = barFormat(name, ticks, process.stderr.columns || 80);
    const bar = barsize > 0 ? `${this.#colors.cyan('{bar}')} ` : '';
    this.#bar = new cliProgress.SingleBar({
      format: `${label} ${bar}{value}/{total}  {note}`,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize,
      hideCursor: true,
      // The lab stops its bars itself, after it has ended the trial.
      gracefulExit: false,
    });
    this.#bar.start(ticks, 0, { note: '' });
  }

  update({ tick, residentBytes, liveBytes }: SamplesMessage): void {
    this.#bar?.update(tick, { note: currentRatio(residentBytes, liveBytes) });
  }

  end(trial: Trial): void {
    const { red } = this.#colors;
    const note = trial.summary ? outcome(trial) : red(outcome(trial));
    this.#bar?.update(trial.rows, { note });
    this.#bar?.stop();
  }
}

/** A line after each quarter of a trial, for logs and pipes. */
class Lines implements Progress {
  readonly #extent: Extent;
  #label = '';
  #quarters = 0;

  constructor(extent: Extent) {
    this.#extent = extent;
  }

  begin(strategy: string, runtime: string, round: number): void {
    this.#label = labelOf(strategy, runtime, round, this.#extent.trials);
    this.#quarters = 0;
    this.#line('started');
  }

  update({ tick, residentBytes, liveBytes }: SamplesMessage): void {
    const quarters = Math.floor((4 * tick) / this.#extent.ticks);
    if (quarters === this.#quarters || quarters === 4) return;
    this.#quarters = quarters;
    this.#line(`${this.#countTo(tick)}  ${currentRatio(residentBytes, liveBytes)}`);
  }

  end(trial: Trial): void {
    this.#line(`${this.#countTo(trial.rows)}  ${outcome(trial)}`);
  }

  #countTo(ticks: number): string {
    return `${ticks}/${this.#extent.ticks}`;
  }

  #line(text: string): void {
    process.stderr.write(`${this.#label}: ${text}\n`);
  }
}

function currentRatio(residentBytes: number, liveBytes: number): string {
  return liveBytes < LITTLE
    ? `resident ${formatMegabytes(residentBytes)}`
    : `resident ${formatRatio(residentBytes / liveBytes)} live`;
}

function outcome({ status, summary, failure }: Trial): string {
  if (summary) return describeCost(summary);
  return failure ? `failed: ${describeFailure(failure)}` : status;
}
