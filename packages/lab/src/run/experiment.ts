import { labVersion } from '../core/version.ts';
import { describeHost } from '../measure/host.ts';
import type { Runtime } from '../measure/runtimes.ts';
import { writeCsv, writeRun } from '../results/folder.ts';
import { RESULTS_VERSION, type Run, type RunOptions, type Trial } from '../results/run.ts';
import type { SamplesMessage } from './messages.ts';
import { runTrial } from './run-trial.ts';

/** Everything that a run needs, checked. */
export interface Plan {
  readonly options: RunOptions;
  /** What is compared: each strategy that is possible, on each runtime. */
  readonly pairs: readonly Pair[];
  readonly skipped: Run['skipped'];
  /** Where the results go. It exists and is empty. */
  readonly folder: string;
}

export interface Pair {
  readonly strategy: string;
  readonly runtime: Runtime;
}

/** Shows the progress of a run, as a bar or as plain lines. */
export interface Progress {
  /** `round` is 1 to the number of trials of each pair. */
  begin(strategy: string, runtime: string, round: number): void;
  update(samples: SamplesMessage): void;
  end(trial: Trial): void;
}

/**
 * Runs the trials one at a time, so that they do not share the machine, and writes each to the folder when it ends. A
 * trial that fails does not stop the others; an abort of `signal` does.
 */
export async function runExperiment(
  plan: Plan,
  progress: Progress,
  signal: AbortSignal,
): Promise<Run> {
  const { options, skipped, folder } = plan;
  const startedAt = new Date().toISOString();
  const trials: Trial[] = [];
  const save = (status: Run['status']): Run => {
    const run: Run = {
      format: 'giveback-lab',
      version: RESULTS_VERSION,
      lab: labVersion,
      startedAt,
      finishedAt: new Date().toISOString(),
      status,
      options,
      host: describeHost(),
      skipped,
      trials,
    };
    writeRun(folder, run);
    return run;
  };

  save('running');
  const { strategies: _, runtimes: __, ...settings } = options;
  for (const { strategy, runtime, round } of schedule(plan)) {
    if (signal.aborted) return save('interrupted');
    progress.begin(strategy, runtime.asked, round);
    const { trial, csv } = await runTrial({ ...settings, strategy }, runtime, {
      signal,
      round,
      onSamples: (samples) => progress.update(samples),
      takenNames: new Set(trials.map(({ name }) => name)),
    });
    writeCsv(folder, trial.name, csv);
    trials.push(trial);
    save('running');
    progress.end(trial);
  }
  if (trials.some(({ status }) => status === 'interrupted')) return save('interrupted');
  return save(trials.every(({ status }) => status === 'finished') ? 'finished' : 'failed');
}

/**
 * All pairs, as often as there are trials of each, and every other time in the opposite order: a machine that gets
 * slower or warmer does not then favour whoever comes first.
 */
function schedule({ pairs, options }: Plan): (Pair & { readonly round: number })[] {
  const rounds = Array.from({ length: options.trials }, (_, index) => index + 1);
  return rounds.flatMap((round) =>
    (round % 2 === 1 ? pairs : pairs.toReversed()).map((pair) => ({ ...pair, round })),
  );
}
