import { Command, InvalidArgumentError } from 'commander';
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
  .description('Times giveback beside everything that could be used instead, and bare lists.')
  .argument('[scenarios...]', `what to measure: ${names.join(', ')}; everything if not said`)
  .option('--runtime <node>', 'measure on it: node, node@24, a path; repeatable', collect, [])
  .option('--candidate <word>', 'only candidates whose name has the word; repeatable', collect, [])
  .option('--rounds <n>', 'fresh processes for each candidate and scenario', wholeNumber)
  .option('--quick', 'ourselves beside the bare lists, in about a minute')
  .option('--check', 'fail when a ratio to the limit is worse than the committed one')
  .option('--commit', 'write the ratios to bench/ratios.json')
  .option('--publish', 'write docs/benchmarks.md and its picture')
  .option('--from <file>', 'measure nothing: read what a run has written; repeatable', collect, [])
  .option('--out <folder>', 'where the results go (default: results/bench-<date>)')
  .option('--json', 'print the results as JSON')
  .configureHelp({ showGlobalOptions: true });

// Whatever is asked for wrongly ends with 2, help with 0.
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

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

function wholeNumber(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1 || number > 1000)
    throw new InvalidArgumentError('Expected a whole number from 1 to 1,000.');
  return number;
}
