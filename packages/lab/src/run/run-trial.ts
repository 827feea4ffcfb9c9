import type { Runtime } from '../measure/runtimes.ts';
import type { Trial } from '../results/run.ts';
import type { SamplesMessage, TrialSpec } from './messages.ts';
import { superviseTrial } from './trial-parent.ts';
import { trialResult } from './trial-result.ts';

export interface TrialOptions {
  /** Kills the trial. What it has told by then is kept. */
  readonly signal: AbortSignal;
  /** Told of the trial's progress several times a second. */
  readonly onSamples?: (samples: SamplesMessage) => void;
  /** Which of the trials of its strategy and runtime it is: 1 unless there are several. */
  readonly round?: number;
  /** Names of files that other trials of the run have already. */
  readonly takenNames?: ReadonlySet<string>;
}

/** Runs one trial in a fresh process, to whatever end, and reads what came of it. */
export async function runTrial(
  spec: TrialSpec,
  runtime: Runtime,
  { signal, onSamples = () => {}, round = 1, takenNames = new Set() }: TrialOptions,
): Promise<{ readonly trial: Trial; readonly csv: string }> {
  const outcome = await superviseTrial(spec, runtime, onSamples, signal);
  const trial = trialResult(spec, runtime, outcome, {
    round,
    interrupted: signal.aborted,
    takenNames,
  });
  return { trial, csv: outcome.csv };
}
