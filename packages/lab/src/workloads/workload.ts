import type { Random } from '../random.ts';
import type { Strategy } from '../strategies.ts';

/** A program that uses memory as real ones do, with the buffers of whatever strategy it is handed. */
export interface Workload {
  readonly summary: string;
  /** The strategies it can run with, those of a plain `run` first. */
  readonly strategies: readonly string[];
  run(trial: TrialContext): Promise<void>;
}

/** What a workload is given, and what it tells back. */
export interface TrialContext {
  readonly strategy: Strategy;
  readonly random: Random;
  readonly ticks: number;
  readonly tickMs: number;
  /** How long one buffer took to get, fill and put in place of another, in milliseconds. */
  replaced(ms: number): void;
  /** Once a tick: reads the memory and writes the article's line. */
  sample(liveBytes: number): void;
}
