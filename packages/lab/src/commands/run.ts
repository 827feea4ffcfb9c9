import { Argument, type Command, Option } from 'commander';
import { runExperiment } from '../run/experiment.ts';
import { strategies } from '../strategies/index.ts';
import { announce } from '../terminal/announcement.ts';
import { createProgress } from '../terminal/progress.ts';
import { showRun } from '../terminal/show-run.ts';
import { workloads } from '../workloads/index.ts';
import { runHelp } from './help.ts';
import { interruption } from './interruption.ts';
import { integer, names, notEmpty, repeatable } from './option-values.ts';
import { makePlan, type RunFlags } from './plan.ts';
import { commanderOptions } from './workload-options.ts';

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
  for (const option of [...commanderOptions(), ...runOptions()]) command.addOption(option);
}

/** Options of every run. */
function runOptions(): Option[] {
  return [
    option(
      '--strategies <names>',
      'strategies to compare, separated by commas (default: the workload’s usual ones)',
    ).argParser(names(Object.keys(strategies))),
    option(
      '--trials <count>',
      'how often each strategy runs on each runtime, every other time in the opposite order; medians and ranges are compared',
    )
      .argParser(integer(1, 25))
      .default(1),
    seedOption(),
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

export function seedOption(): Option {
  return option('--seed <number>', 'seed for what is drawn at random')
    .argParser(integer(0, 2 ** 32 - 1))
    .default(DEFAULT_SEED);
}

function option(flags: string, description: string): Option {
  return new Option(flags, description);
}

async function run(workload: string, flags: RunFlags): Promise<void> {
  const { signal, exitCode } = interruption();
  const plan = await makePlan(workload, flags, signal);
  announce(plan);
  const progress = createProgress(plan.options);
  const finished = await runExperiment(plan, progress, signal);
  const drawn = await showRun(plan.folder, finished, flags.json === true);
  process.exitCode = exitCode() ?? (finished.status === 'finished' && drawn ? 0 : 1);
}
