// `giveback-lab/run`: single trials, for programs that run many, and what comes of a run.
export { findings } from '../analysis/findings.ts';
export { figureOf, type Group, groupsOf, middleTrial } from '../analysis/group.ts';
export { formatRange, type Spread } from '../analysis/spread.ts';
export { formatCost } from '../analysis/summary.ts';
export { type Judgement, judge, type Verdict } from '../analysis/verdict.ts';
export type { Run, Trial } from '../results/run.ts';
export type { TrialSummary } from '../results/trial-summary.ts';
export type { TrialSpec } from './messages.ts';
export { runTrial, type TrialOptions } from './run-trial.ts';
