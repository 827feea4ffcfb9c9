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
  program
    .command('run')
    .summary('run an experiment: strategies side by side, one fresh process each')
    .description('Runs a workload with each strategy on each runtime, one fresh process at a time.')
    .addArgument(
      new Argument('[workload]', 'what to run').choices(Object.keys(workloads)).default('article'),
    )
    .option(
      '--strategies <names>',
      'what to compare, separated by commas (default: the workload’s usual ones)',
      names(Object.keys(strategies)),
    )
    .option(
      '--ticks <count>',
      'article: how many ticks a trial lasts (default: 600)',
      integer(1, 1_000_000),
    )
    .option(
      '--tick <time>',
      'article, burst: how long a tick is (default: 10ms; burst 50ms)',
      time(1, HOUR_MS, '1ms to 1h'),
    )
    .addOption(
      new Option('--exact', 'article: its own time, a tick a second for ten minutes').conflicts([
        'ticks',
        'tick',
      ]),
    )
    .option(
      '--requests <count>',
      'sized, uploads, multipart, files, relay: how many requests, parts, ranges or connections a trial serves (default: 3,000, 2,000, 2,000, 64, 64)',
      integer(1, 1_000_000),
    )
    .option(
      '--concurrency <count>',
      'uploads, multipart, files, relay: how many at a time (default: 10, 50, 4, 4)',
      integer(1, 1_000),
    )
    .addOption(
      new Option(
        '--distribution <name>',
        'sized: how their sizes are distributed (default: article)',
      ).choices(Object.keys(distributions)),
    )
    .option(
      '--idle-timeout <time>',
      'burst: how long a buffer idles before it is freed (default: 3s)',
      time(100, HOUR_MS, '100ms to 1h'),
    )
    .addOption(
      new Option(
        '--traffic <kind>',
        'burst: what goes on before and after it (default: silence)',
      ).choices(TRAFFICS),
    )
    .option('--seed <number>', 'draws the sizes and slots', integer(0, 2 ** 32 - 1), DEFAULT_SEED)
    .option('--out <folder>', 'where the results go (default: results/<date-time>)', notEmpty)
    .option(
      '--runtime <runtime>',
      'node, bun, deno, one with a version such as node@24, or a path; repeatable; what is not installed is taken with npx (default: node)',
      repeatable,
    )
    .option('--json', 'print the summary as JSON')
    .addHelpText('after', runHelp())
    .action(run);
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
