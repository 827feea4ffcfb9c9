import { UsageError } from '../core/errors.ts';
import { formatCount, formatTime } from '../core/units.ts';
import { findRuntime, type Runtime, RuntimeMissing } from '../measure/runtimes.ts';
import { TRIALS } from '../results/check-run.ts';
import { createFolder, defaultFolder } from '../results/folder.ts';
import { describeSkipped, type RunOptions, type Skipped } from '../results/run.ts';
import type { Pair, Plan } from '../run/experiment.ts';
import { strategies } from '../strategies/index.ts';
import { prepareStart } from '../strategies/start.ts';
import { workloads } from '../workloads/index.ts';
import { type Asked, flagOf } from '../workloads/options.ts';
import type { Workload } from '../workloads/workload.ts';
import { takenOptions, workloadsWith } from './workload-options.ts';

/** The options of `run` from commander, those of the workloads too. Each has been checked by itself. */
export interface RunFlags {
  readonly [workloadOption: string]: unknown;
  readonly strategies?: string[];
  readonly seed: number;
  readonly trials: number;
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
  const options: RunOptions = {
    workload: name,
    unit: workload.unit,
    strategies: strategiesFor(name, flags.strategies),
    runtimes: flags.runtime ?? ['node'],
    ...settings,
    seed: flags.seed,
    trials: flags.trials,
  };
  return planFor(options, flags.out ?? defaultFolder(new Date()), signal);
}

/** The same for options of whatever workload. */
export async function planFor(
  options: RunOptions,
  folder: string,
  signal: AbortSignal,
): Promise<Plan> {
  const { ticks, tickMs, trials } = options;
  if (ticks > MOST_TICKS || ticks * tickMs > LONGEST_TRIAL_MS) {
    throw new UsageError(
      `Expected a trial to last at most ${formatTime(LONGEST_TRIAL_MS)} and ${formatCount(MOST_TICKS)} ticks, got ${formatCount(ticks)} ticks of ${formatTime(tickMs)}`,
    );
  }
  const found = await findRuntimes(options.runtimes, signal);
  const { pairs, skipped } = pairUp(options.strategies, found.runtimes, found.skipped);
  const all = pairs.length * trials;
  if (all > TRIALS) {
    throw new UsageError(
      `Expected a run of at most ${TRIALS} trials, got ${formatCount(all)}: ${pairs.length} of each of ${trials} rounds`,
    );
  }
  createFolder(folder);
  return { options, pairs, skipped, folder };
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

/** Pairs strategies and runtimes, without those strategies whose start is not possible. */
function pairUp(
  names: readonly string[],
  runtimes: readonly Runtime[],
  missing: readonly Skipped[],
): { readonly pairs: readonly Pair[]; readonly skipped: readonly Skipped[] } {
  const pairs: Pair[] = [];
  const skipped = [...missing];
  for (const runtime of runtimes) {
    for (const strategy of names) {
      const prepared = prepareStart(strategies[strategy]?.start ?? {}, runtime);
      if ('missing' in prepared)
        skipped.push({ runtime: runtime.asked, strategy, reason: prepared.missing });
      else pairs.push({ strategy, runtime });
    }
  }
  if (pairs.length > 0) return { pairs, skipped };
  throw new UsageError(`Nothing can run: ${skipped.map(describeSkipped).join('; ')}`);
}

/** Finds the runtimes. One that is asked for under two names is measured once. */
async function findRuntimes(
  asked: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly runtimes: readonly Runtime[]; readonly skipped: readonly Skipped[] }> {
  const runtimes = new Map<string, Runtime>();
  const skipped: Skipped[] = [];
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
