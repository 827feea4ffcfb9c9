// Measures what work on an elastic buffer costs beside the same on a fixed one, tries which platform APIs
// take it, and writes both tables of docs/memories.md: `npm run memories`.
import { answer, pathsOf, programBeside } from '../child.ts';
import { replaceTable } from '../document.ts';
import { measuredBy, nodeName, table } from '../markdown.ts';
import type { Measured } from './measure.ts';

const RUNTIMES = ['node@20', 'node@22', 'node@24', 'node@26'];

const runs: Measured[] = [];
for (const path of await pathsOf(RUNTIMES))
  runs.push(await answer(path, [programBeside(import.meta.url, 'measure')]));
const versions = runs.map(({ node }) => nodeName(node));
const works = Object.keys(runs[0]?.times ?? {});
const apis = Object.keys(runs[0]?.taken ?? {});

replaceTable(
  'docs/memories.md',
  'work',
  `${table(
    ['work', ...versions],
    works.map((name) => [name, ...runs.map(({ times }) => timesOf(times[name]))]),
  )}\n\n${measuredBy('npm run memories', 'Medians of 15.')}`,
);
replaceTable(
  'docs/memories.md',
  'apis',
  table(
    ['takes an elastic buffer', ...versions],
    apis.map((name) => [name, ...runs.map(({ taken }) => (taken[name] ? 'yes' : 'no'))]),
  ),
);
console.error('Wrote the tables of docs/memories.md.');

function timesOf(times: Measured['times'][string] | undefined): string {
  const { fixed = 0, elastic = 0 } = times ?? {};
  return `${fixed.toFixed(0)} / ${elastic.toFixed(0)} (${(elastic / fixed).toFixed(1)}×)`;
}
