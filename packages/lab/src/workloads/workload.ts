import type { GcTime } from '../measure/gc-time.ts';
import type { Random } from '../measure/random.ts';
import type { Strategy } from '../strategies/strategy.ts';
import type { Asked, Settings } from './settings.ts';

/** A program that uses memory as real programs do, with the buffers of the strategy that it is given. */
export interface Workload {
  readonly summary: string;
  /** The strategies it can run with. */
  readonly strategies: readonly string[];
  /** The strategies of a run that names none. */
  readonly usual: readonly string[];
  /** The options of the command line that it knows. */
  readonly options: readonly (keyof Asked)[];
  /** Completes what the user asked for. */
  settings(asked: Asked): Settings;
  run(trial: TrialContext): Promise<void>;
}

/** What a workload is given, and what it calls to report. */
export interface TrialContext extends Settings {
  readonly strategy: Strategy;
  readonly random: Random;
  /** The seed for random numbers in other processes. */
  readonly seed: number;
  /** How long one operation of the workload took, in milliseconds. */
  recordLatency(ms: number): void;
  /** Time in collection in a thread that the workload has started. */
  recordGc?(gc: GcTime): void;
  /** Called once by a workload that moves bytes, when it has moved them all. */
  recordTransfer?(transfer: Transfer): void;
  /** Called once a tick: reads the memory and writes the article's line. */
  sample(liveBytes: number): void;
}

/** What a workload that moves bytes has moved, how long that took, and how much of it was wrong. */
export interface Transfer {
  readonly bytes: number;
  readonly ms: number;
  readonly errors: number;
}
