import { measured, newestWith, type Results } from '../results.ts';
import { MiB } from '../units.ts';
import { noiseIn } from './noise.ts';
import { safetySections, silenceSections, sizedSections, timingSections } from './page-tables.ts';
import { shortfalls } from './shortfalls.ts';

/** docs/benchmarks.md, whole. Everything in it comes from the results. */
export function pageOf(results: Results, picture: string | undefined): string {
  const { runs } = results;
  if (runs.length === 0) throw new Error('Expected results of at least one Node, got none.');
  return `${[
    '# Benchmarks',
    '<!-- Written by `npm run bench -- --publish`: do not edit. -->',
    introduction(results),
    picture === undefined ? '' : `![Time against memory, one dot a candidate](${picture})`,
    ...section('## Where giveback is not best', shortfallList(results)),
    ...section('## Times', timingSections(runs)),
    ...section('## Every request its own size', sizedSections(runs)),
    ...section('## Memory in silence', silenceSections(runs)),
    ...section(
      '## Misuse',
      safetySections(newestWith(runs, ({ safeties }) => measured(safeties))?.table ?? []),
    ),
    ...section('## How it is measured', method(results)),
  ]
    .filter((part) => part !== '')
    .join('\n\n')}\n`;
}

/** Nothing where nothing was measured. */
function section(heading: string, parts: readonly string[]): readonly string[] {
  return parts.length === 0 ? [] : [heading, ...parts];
}

function shortfallList(results: Results): string[] {
  const sentences = shortfalls(results);
  return sentences.length === 0 ? [] : [sentences.map((sentence) => `* ${sentence}`).join('\n')];
}

function introduction({ date, machine, packages, runs }: Results): string {
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  return [
    'What it costs to get memory and to give it back: giveback, everything on npm that could be used instead, not recycling at all, and the limit, which is an array’s `pop` and `push` with no check, no size and no bound. To see it on your machine:',
    '```sh\nnpm run bench                # everything, about ten minutes\nnpm run bench -- random      # one scenario\nnpm run bench -- --runtime node@24\n```',
    `Measured on ${date.slice(0, 10)} with ${runs.map(({ node }) => `Node ${node}`).join(', ')} on ${machine.cores} cores of an ${machine.processor}, ${Math.round(machine.memoryBytes / MiB / 1024)} GiB, ${machine.system}. Versions: ${versions.join(', ')}.`,
  ].join('\n\n');
}

function method(results: Results): string[] {
  const { rounds, span } = results.plan;
  const noise = noiseIn(results);
  return [
    `One fresh process for every candidate, scenario and round; ${rounds} rounds, forth and back in turn; ${span.warmUp} ms of warm-up and ${span.measured} ms of measuring in each. A figure is the median of its rounds, and a ratio the median of the ratios to the limit within each round. Garbage collection is included. The time for which the process waited for a processor that others had is taken off, where the system tells (Linux). What was got is used: its length, or in *5 to 10 MB* one byte of every page.`,
    'Every peer is used as its documentation says. Those that take one size stand behind the same size classes where sizes differ (marked †): a pool for each power of two, and a view of the exact length for each get. Asynchronous pools are awaited one get after the other.',
    'What a get and a give consist of, and where their instructions go beside those of the limit, is in [hot-path.md](hot-path.md).',
    noise.length > 0 ? `How quiet the machine was: ${noise.join(' ')}` : 'The machine was quiet.',
  ];
}
