import { UsageError } from '../errors.ts';
import type { Plan } from '../experiment.ts';
import type { RunOptions } from '../results.ts';
import { createFolder, defaultFolder } from '../results-folder.ts';
import { findRuntime, type Runtime, RuntimeMissing } from '../runtimes.ts';
import { formatTime } from '../units.ts';
import { workloads } from '../workloads/index.ts';

/** The options of `run` as commander hands them over, each checked by itself. */
export interface RunFlags {
  readonly strategies?: string[];
  readonly ticks: number;
  readonly tick: number;
  readonly exact?: true;
  readonly seed: number;
  readonly out?: string;
  readonly runtime?: string[];
  readonly json?: true;
}

const EXACT = { ticks: 600, tickMs: 1_000 };
const LONGEST_TRIAL_MS = 24 * 3_600_000;

/** Checks the options together, finds the runtimes and, all being well, makes the folder. */
export async function makePlan(
  workload: string,
  flags: RunFlags,
  signal: AbortSignal,
): Promise<Plan> {
  const { ticks, tickMs } = flags.exact ? EXACT : { ticks: flags.ticks, tickMs: flags.tick };
  if (ticks * tickMs > LONGEST_TRIAL_MS) {
    throw new UsageError(
      `Expected a trial to last at most ${formatTime(LONGEST_TRIAL_MS)}, got ${ticks} ticks of ${formatTime(tickMs)}`,
    );
  }
  const asked = flags.runtime ?? ['node'];
  const options: RunOptions = {
    workload,
    strategies: strategiesFor(workload, flags.strategies),
    runtimes: asked,
    ticks,
    tickMs,
    seed: flags.seed,
  };
  const { runtimes, skipped } = await findRuntimes(asked, signal);
  const folder = flags.out ?? defaultFolder(new Date());
  createFolder(folder);
  return { options, runtimes, skipped, folder };
}

function strategiesFor(workload: string, wanted: readonly string[] | undefined): readonly string[] {
  const known = workloads[workload]?.strategies ?? [];
  const unknown = wanted?.find((name) => !known.includes(name));
  if (unknown === undefined) return wanted ?? known;
  throw new UsageError(
    `Expected --strategies of ${workload} to be among ${known.join(', ')}, got \`${unknown}\``,
  );
}

/** What was asked for under two names is measured once. */
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
