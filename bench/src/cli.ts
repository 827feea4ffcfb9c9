import { Command, InvalidArgumentError, Option } from 'commander';
import { type BenchOptions, bench } from './bench.ts';
import { scenarios } from './scenarios/all.ts';

const names = [
  ...scenarios.map(({ name }) => name),
  'heap',
  'sized',
  'resident',
  'safety',
  'growth',
];

const program = new Command('bench')
  .description('Measures giveback, its alternatives, and bare lists, which are the limit.')
  .argument('[scenarios...]', `what to measure: ${names.join(', ')} (default: everything)`)
  .addOption(repeatable('--runtime <node>', 'node, node@24, or a path; repeatable', 'node'))
  .addOption(
    repeatable(
      '--candidate <word>',
      'candidates whose name contains the word, and the bare lists; repeatable',
      'all',
    ),
  )
  .option('--rounds <n>', 'fresh processes for each candidate and scenario', wholeNumber)
  .option('--quick', 'only giveback and the bare lists, in about a minute')
  .option('--check', 'fail if a ratio to the limit is worse than the committed one')
  .option('--commit', 'write the ratios to bench/ratios.json')
  .option('--publish', 'write docs/benchmarks.md and its picture')
  .addOption(
    repeatable('--from <file>', 'report the results of an earlier run; repeatable', 'measure'),
  )
  .option('--out <folder>', 'folder for the results (default: results/bench-<date>)')
  .option('--json', 'print the results as JSON')
  .configureHelp({ showGlobalOptions: true });

// Bad input exits with 2, help with 0.
program.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
program.parse();
const unknown = program.args.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`Expected scenarios of ${names.join(', ')}, got ${unknown.join(', ')}.`);
  process.exit(2);
}
try {
  process.exitCode = await bench(program.args, program.opts<BenchOptions>());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}

/** An option that may be given several times. `byDefault` tells in the help what happens without it. */
function repeatable(flags: string, description: string, byDefault: string): Option {
  return new Option(flags, description).argParser(collect).default([], byDefault);
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

function wholeNumber(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1 || number > 1000)
    throw new InvalidArgumentError('Expected a whole number from 1 to 1,000.');
  return number;
}
