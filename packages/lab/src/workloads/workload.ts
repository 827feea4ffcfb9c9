import type { GcTime } from '../measure/gc-time.ts';
import type { Random } from '../measure/random.ts';
import type { Strategy } from '../strategies/strategy.ts';
import type { Asked, Options, ValuesOf } from './options.ts';
import type { Settings, UnitOfWork } from './settings.ts';

/**
 * A program that uses memory as real programs do, with the buffers of the strategy that it is given. All that the
 * command line, its help and the docs say about a workload stands here.
 */
export interface Workload {
  readonly name: string;
  /** What it does, in a line. */
  readonly summary: string;
  /** What its times are of. */
  readonly unit: UnitOfWork;
  /** The strategies it can run with. */
  readonly strategies: readonly string[];
  /** The strategies of a run that names none. */
  readonly usual: readonly string[];
  /** The options of the command line that it takes. */
  readonly options: Options;
  /** Completes what the user asked for. */
  settings(asked: Asked): Settings;
  /** Loads what it needs, before memory is measured. `run` gets it. */
  prepare?(settings: Settings): unknown;
  run(trial: TrialContext): Promise<void>;
}

/** The same, but `settings` gets the values of all its options. */
interface Definition<O extends Options> extends Omit<Workload, 'options' | 'settings'> {
  readonly options: O;
  settings(values: ValuesOf<O>): Settings;
}

export function defineWorkload<O extends Options>(definition: Definition<O>): Workload {
  const usual = Object.entries(definition.options).flatMap(([name, option]) =>
    option.kind === 'preset' ? [] : [[name, option.usual]],
  );
  return {
    ...definition,
    settings: (asked) => {
      const given = Object.entries(asked).filter(([, value]) => value !== undefined);
      return definition.settings({ ...Object.fromEntries(usual), ...Object.fromEntries(given) });
    },
  };
}

/** What a workload is given, and what it calls to report. */
export interface TrialContext extends Settings {
  readonly strategy: Strategy;
  /** What `prepare` has returned. */
  readonly prepared?: unknown;
  readonly random: Random;
  /** The seed for random numbers in other processes. */
  readonly seed: number;
  /** How long one unit of work took, in milliseconds. */
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
