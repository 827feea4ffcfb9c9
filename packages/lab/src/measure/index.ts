// `giveback-lab/measure`: what every measurement of this repository needs. It loads nothing but Node's own
// modules, so that a process under measurement can import it.
export { GiB, KiB, MiB } from '../core/units.ts';
export { answerOf, type Outcome, type ProgramOptions, runProgram } from './child.ts';
export { concurrently } from './concurrently.ts';
export { describeHost, type Host } from './host.ts';
export { Latencies, type Quantiles } from './latencies.ts';
export { Random } from './random.ts';
export { openResidentSet, type ResidentSet } from './resident-set.ts';
export { findRuntime, type Runtime } from './runtimes.ts';
