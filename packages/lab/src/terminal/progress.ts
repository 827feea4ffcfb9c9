import cliProgress from 'cli-progress';
import { describeFailure } from '../analysis/failure.ts';
import { describeCost, LITTLE } from '../analysis/summary.ts';
import { formatMegabytes, formatRatio } from '../core/units.ts';
import type { Trial } from '../results/run.ts';
import type { Progress } from '../run/experiment.ts';
import type { SamplesMessage } from '../run/messages.ts';
import { colorsFor } from './colors.ts';

/** Shows progress on standard error, so that standard output has the results alone. */
export function createProgress(ticks: number): Progress {
  return process.stderr.isTTY ? new Bars(ticks) : new Lines(ticks);
}

/** A bar for each trial, which stays when the trial has ended. */
class Bars implements Progress {
  readonly #ticks: number;
  readonly #colors = colorsFor(process.stderr);
  #bar: cliProgress.SingleBar | undefined;

  constructor(ticks: number) {
    this.#ticks = ticks;
  }

  begin(strategy: string, runtime: string): void {
    const { cyan } = this.#colors;
    const label = `${strategy} on ${runtime}`.padEnd(24);
    this.#bar = new cliProgress.SingleBar({
      format: `${label} ${cyan('{bar}')} {value}/{total}  {note}`,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: 30,
      hideCursor: true,
      // The lab stops its bars itself, after it has ended the trial.
      gracefulExit: false,
    });
    this.#bar.start(this.#ticks, 0, { note: '' });
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
  readonly #ticks: number;
  #label = '';
  #quarters = 0;

  constructor(ticks: number) {
    this.#ticks = ticks;
  }

  begin(strategy: string, runtime: string): void {
    this.#label = `${strategy} on ${runtime}`;
    this.#quarters = 0;
    this.#line('started');
  }

  update({ tick, residentBytes, liveBytes }: SamplesMessage): void {
    const quarters = Math.floor((4 * tick) / this.#ticks);
    if (quarters === this.#quarters || quarters === 4) return;
    this.#quarters = quarters;
    this.#line(`${tick}/${this.#ticks}  ${currentRatio(residentBytes, liveBytes)}`);
  }

  end(trial: Trial): void {
    this.#line(`${trial.rows}/${this.#ticks}  ${outcome(trial)}`);
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
