// `giveback-lab/measure`: what every measurement of this repository needs. It loads nothing but Node's own
// modules, so that a process under measurement can import it.
export { GiB, KiB, MiB } from '../core/units.ts';
export {
  answerOf,
  describeEnd,
  type EndedProcess,
  failureOf,
  HAS_GROUPS,
  type Outcome,
  type ProcessEnd,
  type RunOptions,
  runProgram,
  tellingLine,
} from './child.ts';
export { concurrently } from './concurrently.ts';
export { addGc, type GcTime, watchGc } from './gc-time.ts';
export { describeHost, type Host } from './host.ts';
export { Latencies, type Quantiles } from './latencies.ts';
export { Random } from './random.ts';
export { openResidentSet, type ResidentSet } from './resident-set.ts';
export { currentRuntime, type RuntimeIdentity, runtimeName } from './runtime-identity.ts';
export { findRuntime, type Kind, type Runtime, RuntimeMissing, runFile } from './runtimes.ts';
