import { join } from 'node:path';
import { replaceTable } from '../../document.ts';
import type { Item } from '../../evidence/item.ts';
import { nodeName, table } from '../../markdown.ts';
import { median } from '../../median.ts';
import { megabytes } from '../../profiling.ts';
import { measureServer, measureWorkload, type Trial } from './measure.ts';

const PROGRAMS: readonly (readonly [name: string, measure: (folder: string) => Trial])[] = [
  ['`uploads`', (folder) => measureWorkload('uploads', 1_000, folder)],
  ['`multipart`', (folder) => measureWorkload('multipart', 100, folder)],
  ['uploads, joined by `concat`', (folder) => measureServer('uploads', folder)],
  ['parts, joined by `concat`', (folder) => measureServer('multipart', folder)],
];
const TRIALS = 3;

interface Replays {
  readonly node: string;
  readonly programs: readonly { readonly name: string; readonly trials: readonly Trial[] }[];
}

/** How near replays come to the program that was recorded, and their predictions to the program that recycles. */
export const replays: Item<Replays> = {
  name: 'replay',
  what: 'replays beside the programs that they stand for',
  minutes: { full: 12 },

  async measure({ folder }) {
    const programs = PROGRAMS.map(([name, measure]) => ({ name, measure, trials: [] as Trial[] }));
    for (let trial = 1; trial <= TRIALS; trial++) {
      for (const [at, { name, measure, trials }] of programs.entries()) {
        trials.push(measure(join(folder, `${at + 1}-${trial}`)));
        console.error(`  ${trial} of ${TRIALS}: ${name}: ${rowOf(trials.slice(-1)).join(', ')}`);
      }
    }
    return {
      node: process.version,
      programs: programs.map(({ name, trials }) => ({ name, trials })),
    };
  },

  write({ node, programs }, { note }) {
    const head = [
      'program',
      'replay of `none` ÷ recorded',
      'predicted',
      'really held',
      'predicted ÷ real',
    ];
    const rows = programs.map(({ name, trials }) => [name, ...rowOf(trials)]);
    const details = `${nodeName(node)}. Medians of ${TRIALS} (all of them in brackets). Predicted and real are peak resident memory above the idle process, with \`elastic\`.`;
    replaceTable('docs/profile.md', 'replay', `${table(head, rows, 'right')}\n\n${note(details)}`);
  },
};

function rowOf(trials: readonly Trial[]): string[] {
  const middle = (of: (trial: Trial) => number): number => of(median(trials, of));
  const all = (of: (trial: Trial) => number): string =>
    `${middle(of).toFixed(2)}${trials.length > 1 ? ` (${trials.map((each) => of(each).toFixed(2)).join(', ')})` : ''}`;
  return [
    all(({ replayed }) => replayed.ratio),
    megabytes(middle(({ replayed }) => replayed.elastic)),
    `${megabytes(middle(({ elastic }) => elastic))} instead of ${megabytes(middle(({ none }) => none))}`,
    all(({ replayed, elastic }) => replayed.elastic / elastic),
  ];
}
