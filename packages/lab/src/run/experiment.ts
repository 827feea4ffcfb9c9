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
  readonly runtimes: readonly Runtime[];
  readonly skipped: Run['skipped'];
  /** Where the results go. It exists and is empty. */
  readonly folder: string;
}

/** Shows the progress of a run, as a bar or as plain lines. */
export interface Progress {
  begin(strategy: string, runtime: string): void;
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
  const { options, runtimes, skipped, folder } = plan;
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
  for (const runtime of runtimes) {
    for (const strategy of options.strategies) {
      if (signal.aborted) return save('interrupted');
      progress.begin(strategy, runtime.asked);
      const { strategies: _, runtimes: __, ...settings } = options;
      const spec = { ...settings, strategy };
      const { trial, csv } = await runTrial(spec, runtime, {
        signal,
        onSamples: (samples) => progress.update(samples),
        takenNames: new Set(trials.map(({ name }) => name)),
      });
      writeCsv(folder, trial.name, csv);
      trials.push(trial);
      save('running');
      progress.end(trial);
    }
  }
  if (trials.some(({ status }) => status === 'interrupted')) return save('interrupted');
  return save(trials.every(({ status }) => status === 'finished') ? 'finished' : 'failed');
}
