import { Argument, type Command, Option } from 'commander';
import { runExperiment } from '../run/experiment.ts';
import { strategies } from '../strategies/index.ts';
import { announce } from '../terminal/announcement.ts';
import { createProgress } from '../terminal/progress.ts';
import { showRun } from '../terminal/show-run.ts';
import { TRAFFICS } from '../workloads/burst.ts';
import { distributions } from '../workloads/distributions.ts';
import { workloads } from '../workloads/index.ts';
import { runHelp } from './help.ts';
import { interruption } from './interruption.ts';
import { integer, names, notEmpty, repeatable, time } from './option-values.ts';
import { makePlan, type RunFlags } from './plan.ts';

const HOUR_MS = 3_600_000;

/** The year of the article. Any other number would do. */
const DEFAULT_SEED = 2013;

export function addRunCommand(program: Command): void {
  const command = program
    .command('run')
    .summary('run an experiment: strategies side by side, each in a fresh process')
    .description('Runs a workload with each strategy on each runtime, one fresh process at a time.')
    .addArgument(
      new Argument('[workload]', 'what to run').choices(Object.keys(workloads)).default('article'),
    )
    .addHelpText('after', runHelp())
    .action(run);
  for (const option of [...workloadOptions(), ...runOptions()]) command.addOption(option);
}

/** Options that some workloads know. Their descriptions begin with the names of these workloads. */
function workloadOptions(): Option[] {
  return [
    option('--ticks <count>', 'article, frames: ticks in a trial (default: 600, 300)').argParser(
      integer(1, 1_000_000),
    ),
    option(
      '--tick <time>',
      'article, burst, frames: length of a tick (default: 10ms, 50ms, 33ms)',
    ).argParser(time(1, HOUR_MS, '1ms to 1h')),
    option('--exact', 'article: as in the article, a tick a second for ten minutes').conflicts([
      'ticks',
      'tick',
    ]),
    option(
      '--requests <count>',
      'sized, uploads, forms, multipart, files, relay: requests, parts, ranges or connections in a trial (default: 3,000, 2,000, 2,000, 2,000, 64, 64)',
    ).argParser(integer(1, 1_000_000)),
    option(
      '--concurrency <count>',
      'uploads, forms, multipart, files, relay: how many of them at a time (default: 10, 10, 50, 4, 4)',
    ).argParser(integer(1, 1_000)),
    option('--distribution <name>', 'sized: distribution of the sizes (default: article)').choices(
      Object.keys(distributions),
    ),
    option(
      '--idle-timeout <time>',
      'burst: time after which an idle buffer is freed (default: 3s)',
    ).argParser(time(100, HOUR_MS, '100ms to 1h')),
    option(
      '--traffic <kind>',
      'burst: traffic before and after the burst (default: silence)',
    ).choices(TRAFFICS),
  ];
}

/** Options of every run. */
function runOptions(): Option[] {
  return [
    option(
      '--strategies <names>',
      'strategies to compare, separated by commas (default: the workload’s usual ones)',
    ).argParser(names(Object.keys(strategies))),
    option('--seed <number>', 'seed for the random sizes and slots')
      .argParser(integer(0, 2 ** 32 - 1))
      .default(DEFAULT_SEED),
    option(
      '--out <folder>',
      'folder for the results, new or empty (default: results/<date-time>)',
    ).argParser(notEmpty),
    option(
      '--runtime <runtime>',
      'node, bun, deno, one with a version such as node@24, or a path; repeatable; npx fetches what is not installed (default: node)',
    ).argParser(repeatable),
    option('--json', 'print the results as JSON'),
  ];
}

function option(flags: string, description: string): Option {
  return new Option(flags, description);
}

async function run(workload: string, flags: RunFlags): Promise<void> {
  const { signal, exitCode } = interruption();
  const plan = await makePlan(workload, flags, signal);
  announce(plan);
  const progress = createProgress(plan.options.ticks);
  const finished = await runExperiment(plan, progress, signal);
  const drawn = await showRun(plan.folder, finished, flags.json === true);
  process.exitCode = exitCode() ?? (finished.status === 'finished' && drawn ? 0 : 1);
}
