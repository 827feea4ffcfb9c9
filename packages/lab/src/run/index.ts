// `giveback-lab/run`: single trials, for programs that run many.
export type { TrialSpec } from './messages.ts';
export { runTrial, type TrialOptions } from './run-trial.ts';
