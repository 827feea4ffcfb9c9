import type { GcTime } from '../gc-time.ts';
import type { Moved } from '../messages.ts';
import type { Random } from '../random.ts';
import type { Asked, Settings } from '../settings.ts';
import type { Strategy } from '../strategies/strategy.ts';

/** A program that uses memory as real ones do, with the buffers of whatever strategy it is handed. */
export interface Workload {
  readonly summary: string;
  /** The strategies it can run with. */
  readonly strategies: readonly string[];
  /** Those of a run that names none. */
  readonly usual: readonly string[];
  /** The options of the command line that say something to it. */
  readonly options: readonly (keyof Asked)[];
  settings(asked: Asked): Settings;
  run(trial: TrialContext): Promise<void>;
}

/** What a workload is given, and what it tells back. */
export interface TrialContext extends Settings {
  readonly strategy: Strategy;
  readonly random: Random;
  /** For the random numbers of other processes. */
  readonly seed: number;
  /** How long one buffer took to get, fill and put in place of another, in milliseconds. */
  replaced(ms: number): void;
  /** Of a workload with threads of its own: what collections took in one of these. */
  collected?(gc: GcTime): void;
  /** Of a workload that moves bytes: once, when it has moved them all. */
  moved?(moved: Moved): void;
  /** Once a tick: reads the memory and writes the article's line. */
  sample(liveBytes: number): void;
}
