import { answer, pathsOf, programBeside } from '../../child.ts';
import { replaceTable } from '../../document.ts';
import type { Item } from '../../evidence/item.ts';
import { nodeName, table } from '../../markdown.ts';
import type { Measured } from './measure.ts';

/** What work on an elastic buffer costs beside the same on a fixed one, and which platform APIs take it. */
export const memories: Item<readonly Measured[]> = {
  name: 'memories',
  what: 'work on fixed and elastic buffers, and the APIs that take them',
  minutes: { full: 2 },

  async measure({ runtimes }) {
    const runs: Measured[] = [];
    for (const path of await pathsOf(runtimes.filter((name) => name.startsWith('node'))))
      runs.push(await answer(path, [programBeside(import.meta.url, 'measure')]));
    return runs;
  },

  write(runs, { note }) {
    const versions = runs.map(({ node }) => nodeName(node));
    const works = Object.keys(runs[0]?.times ?? {}).map((name) => [
      name,
      ...runs.map(({ times }) => timesOf(times[name])),
    ]);
    const apis = Object.keys(runs[0]?.taken ?? {}).map((name) => [
      name,
      ...runs.map(({ taken }) => (taken[name] ? 'yes' : 'no')),
    ]);
    const times = table(['work', ...versions], works);
    replaceTable('docs/memories.md', 'work', `${times}\n\n${note('Medians of 15.')}`);
    const takes = table(['takes an elastic buffer', ...versions], apis);
    replaceTable('docs/memories.md', 'apis', takes);
  },
};

function timesOf(times: Measured['times'][string] | undefined): string {
  const { fixed = 0, elastic = 0 } = times ?? {};
  return `${fixed.toFixed(0)} / ${elastic.toFixed(0)} (${(elastic / fixed).toFixed(1)}×)`;
}
