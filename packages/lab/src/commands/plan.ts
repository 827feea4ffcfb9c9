import { UsageError } from '../core/errors.ts';
import { formatCount, formatTime } from '../core/units.ts';
import { findRuntime, type Runtime, RuntimeMissing } from '../measure/runtimes.ts';
import { createFolder, defaultFolder } from '../results/folder.ts';
import type { RunOptions } from '../results/run.ts';
import type { Plan } from '../run/experiment.ts';
import { workloads } from '../workloads/index.ts';
import type { Asked } from '../workloads/settings.ts';
import type { Workload } from '../workloads/workload.ts';

/** The options of `run` from commander. Each has been checked by itself. */
export interface RunFlags extends Asked {
  readonly strategies?: string[];
  readonly exact?: true;
  readonly seed: number;
  readonly out?: string;
  readonly runtime?: string[];
  readonly json?: true;
}

const EXACT: Asked = { ticks: 600, tick: 1_000 };
const ASKED = [
  'ticks',
  'tick',
  'requests',
  'concurrency',
  'distribution',
  'idleTimeout',
  'traffic',
] as const;
const MOST_TICKS = 1_000_000;
const LONGEST_TRIAL_MS = 24 * 3_600_000;

/** Checks the options together, finds the runtimes and then makes the folder. */
export async function makePlan(name: string, flags: RunFlags, signal: AbortSignal): Promise<Plan> {
  const workload = workloads[name] as Workload;
  const settings = workload.settings(askedOf(name, flags));
  const { ticks, tickMs } = settings;
  if (ticks > MOST_TICKS || ticks * tickMs > LONGEST_TRIAL_MS) {
    throw new UsageError(
      `Expected a trial to last at most ${formatTime(LONGEST_TRIAL_MS)} and ${formatCount(MOST_TICKS)} ticks, got ${formatCount(ticks)} ticks of ${formatTime(tickMs)}`,
    );
  }
  const asked = flags.runtime ?? ['node'];
  const options: RunOptions = {
    workload: name,
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
function askedOf(workload: string, { exact, ...flags }: RunFlags): Asked {
  const { options } = workloads[workload] as Workload;
  const asked: Asked = exact ? { ...flags, ...EXACT } : flags;
  const foreign = ASKED.find((name) => asked[name] !== undefined && !options.includes(name));
  if (foreign === undefined) return asked;
  const option = exact && EXACT[foreign] !== undefined ? 'exact' : foreign;
  const users = Object.entries(workloads).filter(([, each]) => each.options.includes(foreign));
  throw new UsageError(
    `Expected --${dashed(option)} only with ${users.map(([name]) => name).join(' or ')}, got it with ${workload}`,
  );
}

function dashed(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
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
async function findRuntimes(
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
