import { statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { UsageError } from '../core/errors.ts';
import { formatCount } from '../core/units.ts';
import { TRACES_FOLDER } from '../profile/outputs/profile-folder.ts';
import { type PlannedReplay, planReplay } from '../profile/replay/plan-replay.ts';
import { readTrace } from '../profile/trace/read-trace.ts';
import { mergeTraces, type Recording, readTraces } from '../profile/trace/read-traces.ts';
import { defaultFolder } from '../results/folder.ts';
import type { RunOptions } from '../results/run.ts';
import { writeInside } from '../results/safe-files.ts';
import { runExperiment } from '../run/experiment.ts';
import { announce } from '../terminal/announcement.ts';
import { colorsFor } from '../terminal/colors.ts';
import { createProgress } from '../terminal/progress.ts';
import { showRun } from '../terminal/show-run.ts';
import { replay as workload } from '../workloads/replay.ts';
import { interruption } from './interruption.ts';
import { names, notEmpty, repeatable, repeatableInteger } from './option-values.ts';
import { planFor } from './plan.ts';
import { seedOption } from './run.ts';

/** Below it, held times are off by more than the verdict allows. */
const FEW_LOOKS = 20;
const PLAN_FILE = 'replay-plan.bin';

interface ReplayFlags {
  readonly strategies?: string[];
  readonly site?: number[];
  readonly seed: number;
  readonly runtime?: string[];
  readonly out?: string;
  readonly json?: true;
}

export function addReplayCommand(program: Command): void {
  const command = program
    .command('replay')
    .summary("replay a profiled program's allocations with each strategy")
    .description(
      'Makes the allocations that a profile has recorded, at their times and for as long as they were held, with each strategy, each in a fresh process.',
    )
    .argument('<trace>', 'folder of a profile, or one of its traces')
    .action(replay);
  for (const option of options()) command.addOption(option);
}

function options(): Option[] {
  const { strategies, usual } = workload;
  return [
    new Option(
      '--strategies <names>',
      `strategies to compare (default: ${usual.join(',')})`,
    ).argParser(names(strategies)),
    new Option(
      '--site <number>',
      'recycle this site of the profile; repeatable (default: all that can be)',
    ).argParser(repeatableInteger(1, 1_000_000)),
    seedOption(),
    new Option('--runtime <runtime>', 'as for `run`; repeatable (default: node)').argParser(
      repeatable,
    ),
    new Option(
      '--out <folder>',
      'folder for the results, new or empty (default: results/<date-time>)',
    ).argParser(notEmpty),
    new Option('--json', 'print the results as JSON'),
  ];
}

async function replay(trace: string, flags: ReplayFlags): Promise<void> {
  const { signal, exitCode } = interruption();
  const planned = planReplay(recordingAt(trace), flags.site ?? [], flags.seed);
  const folder = flags.out ?? defaultFolder(new Date());
  const options: RunOptions = {
    workload: workload.name,
    unit: workload.unit,
    strategies: flags.strategies ?? workload.usual,
    runtimes: flags.runtime ?? ['node'],
    ticks: planned.ticks,
    tickMs: planned.tickMs,
    idleTimeoutMs: 60_000,
    seed: flags.seed,
    trials: 1,
    replay: { ...planned.facts, plan: resolve(folder, PLAN_FILE) },
  };
  const plan = await planFor(options, folder, signal);
  writeInside(folder, PLAN_FILE, planned.plan.toBytes());
  announce(plan);
  warn(planned);
  const finished = await runExperiment(plan, createProgress(options), signal);
  const drawn = await showRun(folder, finished, flags.json === true);
  process.exitCode = exitCode() ?? (finished.status === 'finished' && drawn ? 0 : 1);
}

/** What makes a replay less like the program. */
function warn({ otherProcesses, looks }: PlannedReplay): void {
  const { yellow } = colorsFor(process.stderr);
  const lines = [
    otherProcesses > 0
      ? `Replays the process that allocated most, without ${formatCount(otherProcesses)} more.`
      : [],
    looks < FEW_LOOKS
      ? `Only ${looks === 1 ? '1 look tells' : `${formatCount(looks)} looks tell`} how long buffers were held; profile for longer, or with --looks 10%.`
      : [],
  ].flat();
  for (const line of lines) process.stderr.write(`${yellow(line)}\n`);
}

/** The recording in the folder of a profile, in a folder of traces, or in one trace. */
function recordingAt(path: string): Recording {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new UsageError(`${path}: no such file or folder`);
  if (stats.isDirectory()) {
    const inside = join(path, TRACES_FOLDER);
    return readTraces(statSync(inside, { throwIfNoEntry: false })?.isDirectory() ? inside : path);
  }
  const trace = readTrace(dirname(path), basename(path));
  if (trace === undefined) throw new UsageError(`${path}: expected a trace, got an empty file`);
  return mergeTraces([trace]);
}
