import { UsageError } from '../core/errors.ts';
import { formatCount, formatTime } from '../core/units.ts';
import { findRuntime, type Runtime, RuntimeMissing } from '../measure/runtimes.ts';
import { createFolder, defaultFolder } from '../results/folder.ts';
import type { RunOptions } from '../results/run.ts';
import type { Plan } from '../run/experiment.ts';
import { workloads } from '../workloads/index.ts';
import { type Asked, flagOf } from '../workloads/options.ts';
import type { Workload } from '../workloads/workload.ts';
import { takenOptions, workloadsWith } from './workload-options.ts';

/** The options of `run` from commander, those of the workloads too. Each has been checked by itself. */
export interface RunFlags {
  readonly [workloadOption: string]: unknown;
  readonly strategies?: string[];
  readonly seed: number;
  readonly out?: string;
  readonly runtime?: string[];
  readonly json?: true;
}

const MOST_TICKS = 1_000_000;
const LONGEST_TRIAL_MS = 24 * 3_600_000;

/** Checks the options together, finds the runtimes and then makes the folder. */
export async function makePlan(name: string, flags: RunFlags, signal: AbortSignal): Promise<Plan> {
  const workload = workloads[name] as Workload;
  const settings = workload.settings(askedOf(workload, flags));
  const { ticks, tickMs } = settings;
  if (ticks > MOST_TICKS || ticks * tickMs > LONGEST_TRIAL_MS) {
    throw new UsageError(
      `Expected a trial to last at most ${formatTime(LONGEST_TRIAL_MS)} and ${formatCount(MOST_TICKS)} ticks, got ${formatCount(ticks)} ticks of ${formatTime(tickMs)}`,
    );
  }
  const asked = flags.runtime ?? ['node'];
  const options: RunOptions = {
    workload: name,
    unit: workload.unit,
    strategies: strategiesFor(name, flags.strategies),
    runtimes: asked,
    ...settings,
    seed: flags.seed,
  };
  const { runtimes, skipped } = await findRuntimes(asked, signal);
  const folder = flags.out ?? defaultFolder(new Date());
  createFolder(folder);
  return { options, runtimes, skipped, folder };
}

/** The options that the workload gets. One that it does not know is an error. */
function askedOf({ name, options }: Workload, flags: RunFlags): Asked {
  const asked: Record<string, number | string> = {};
  for (const taken of takenOptions()) {
    const value = flags[taken.name];
    if (value === undefined) continue;
    const option = options[taken.name];
    if (option === undefined) throw new UsageError(foreign(taken.name, name));
    if (option.kind === 'preset') Object.assign(asked, option.sets);
    else asked[taken.name] = value as number | string;
  }
  return asked;
}

function foreign(option: string, workload: string): string {
  const users = workloadsWith(option).map(({ name }) => name);
  return `Expected ${flagOf(option)} only with ${users.join(' or ')}, got it with ${workload}`;
}

function strategiesFor(workload: string, wanted: readonly string[] | undefined): readonly string[] {
  const { strategies: known, usual } = workloads[workload] as Workload;
  const unknown = wanted?.find((name) => !known.includes(name));
  if (unknown === undefined) return wanted ?? usual;
  throw new UsageError(
    `Expected --strategies of ${workload} to be among ${known.join(', ')}, got \`${unknown}\``,
  );
}

/** Finds the runtimes. One that is asked for under two names is measured once. */
export async function findRuntimes(
  asked: readonly string[],
  signal: AbortSignal,
): Promise<Pick<Plan, 'runtimes' | 'skipped'>> {
  const runtimes = new Map<string, Runtime>();
  const skipped: { runtime: string; reason: string }[] = [];
  for (const name of asked) {
    try {
      const runtime = await findRuntime(name, signal);
      if (!runtimes.has(runtime.path)) runtimes.set(runtime.path, runtime);
    } catch (error) {
      if (!(error instanceof RuntimeMissing)) throw error;
      skipped.push({ runtime: name, reason: error.message });
    }
  }
  if (runtimes.size === 0) throw new UsageError(skipped.map(({ reason }) => reason).join('; '));
  return { runtimes: [...runtimes.values()], skipped };
}
