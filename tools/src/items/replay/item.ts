import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { programBeside } from '../../child.ts';
import { replaceTable, root } from '../../document.ts';
import type { Item } from '../../evidence/item.ts';
import { nodeName, table } from '../../markdown.ts';
import { median } from '../../median.ts';
import type { Metered } from '../../meter.ts';
import { lab, METER, megabytes, type Replayed, replayProfile } from '../../profiling.ts';

const PROGRAMS = ['uploads', 'multipart'];
const TRIALS = 3;
/** So that each takes five to ten seconds. */
const ROUNDS = '20';
/** Enough of them in so short a time. */
const LOOKS = '5%';

interface Trial {
  readonly replayed: Replayed;
  /** Peak resident bytes above the idle process. */
  readonly none: number;
  readonly elastic: number;
}

interface Replays {
  readonly node: string;
  readonly programs: readonly { readonly name: string; readonly trials: readonly Trial[] }[];
}

/** How near replays come to the program that was recorded, and their predictions to the program that recycles. */
export const replays: Item<Replays> = {
  name: 'replay',
  what: 'replays beside the programs that they stand for',
  minutes: { full: 7 },

  async measure({ folder }) {
    const programs = PROGRAMS.map((name) => ({ name, trials: [] as Trial[] }));
    for (let trial = 1; trial <= TRIALS; trial++) {
      for (const { name, trials } of programs) {
        trials.push(measureTrial(name, join(folder, `${name}-${trial}`)));
        console.error(`  ${trial} of ${TRIALS}: ${name}: ${rowOf(trials.slice(-1)).join(', ')}`);
      }
    }
    return { node: process.version, programs };
  },

  write({ node, programs }, { note }) {
    const head = [
      'program',
      'replay of `none` ÷ recorded',
      'predicted',
      'really held',
      'predicted ÷ real',
    ];
    const rows = programs.map(({ name, trials }) => [`\`${name}\``, ...rowOf(trials)]);
    const details = `${nodeName(node)}. Medians of ${TRIALS} (all of them in brackets). Predicted and real are peak resident memory above the idle process, with \`elastic\`.`;
    replaceTable('docs/profile.md', 'replay', `${table(head, rows, 'right')}\n\n${note(details)}`);
  },
};

function measureTrial(name: string, folder: string): Trial {
  const program = programBeside(import.meta.url, 'program');
  run([lab, 'profile', '--looks', LOOKS, '--out', folder, '--', 'node', program, name, 'none']);
  const [none, elastic] = ['none', 'elastic'].map((strategy) => {
    const file = join(folder, `${strategy}.json`);
    run(['--import', METER, program, name, strategy], { METER: file });
    return (JSON.parse(readFileSync(file, 'utf8')) as Metered).resident;
  }) as [number, number];
  return { replayed: replayProfile(folder, `${folder}-replay`), none, elastic };
}

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ROUNDS, ...env },
  });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
}

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
