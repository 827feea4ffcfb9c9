import { listOfFixed } from '../candidates/bare.ts';
import { isHarm, type Misuse, TOUCHES } from '../measure/misuses.ts';
import type { Run } from '../results.ts';
import { markdownTable } from './markdown.ts';
import { medianOf } from './summary.ts';
import { nodeInWords, ratioInWords, timeInWords } from './words.ts';

/** An aim of giveback: a figure, and the most that it may be. */
export interface Aim {
  readonly what: string;
  readonly most: number;
  /** The figure in a run; `undefined` if it was not measured. */
  find(run: Run): number | undefined;
  inWords(figure: number): string;
}

const FIXED = 'giveback fixed';
const ELASTIC = 'giveback elastic';
const SHARED = 'giveback shared';
const LIST = listOfFixed.name;

export const aims: readonly Aim[] = [
  times('same', FIXED, LIST, 1.3),
  nanoseconds('same', ELASTIC, 350),
  times('random', FIXED, LIST, 1.5),
  times('random', ELASTIC, FIXED, 10),
  times('burst', FIXED, LIST, 1.5),
  times('same', SHARED, FIXED, 2),
  {
    what: `heap bytes of a get and give, ${FIXED} ÷ ${LIST}`,
    most: 1.1,
    find: ({ heap }) => {
      const bytesOf = (name: string) => heap.find(({ candidate }) => candidate === name)?.bytes;
      return ratio(bytesOf(FIXED), bytesOf(LIST));
    },
    inWords: ratioInWords,
  },
  harms(
    'misuses that harm somebody, but reads and writes after a give',
    [FIXED, ELASTIC, SHARED],
    TOUCHES,
  ),
  harms('misuses that harm somebody, guard revoke', [`${FIXED}, revoke`, `${ELASTIC}, revoke`], []),
];

/** A row for each aim, a column for each Node. */
export function aimsTable(runs: readonly Run[]): string {
  const cells = (aim: Aim) => runs.map((run) => cellOf(aim, run));
  const measured = aims.filter((aim) => cells(aim).some((cell) => cell !== '–'));
  if (measured.length === 0) return '';
  const body = measured.map((aim) => [aim.what, `≤ ${aim.inWords(aim.most)}`, ...cells(aim)]);
  return markdownTable(['', 'at most', ...runs.map(({ node }) => nodeInWords(node))], body);
}

function cellOf({ find, most, inWords }: Aim, run: Run): string {
  const found = find(run);
  if (found === undefined) return '–';
  return found <= most ? inWords(found) : `**${inWords(found)}**`;
}

/** How many times as long one candidate takes as another. Ratios are taken within a round. */
function times(scenario: string, candidate: string, than: string, most: number): Aim {
  return {
    what: `\`${scenario}\`: ${candidate} ÷ ${than}`,
    most,
    find: (run) => {
      const others = timesOf(run, scenario, than);
      const ratios = timesOf(run, scenario, candidate).flatMap(
        (time, round) => ratio(time, others[round]) ?? [],
      );
      return ratios.length > 0 ? medianOf(ratios) : undefined;
    },
    inWords: ratioInWords,
  };
}

function nanoseconds(scenario: string, candidate: string, most: number): Aim {
  return {
    what: `\`${scenario}\`: ${candidate}`,
    most,
    find: (run) => {
      const times = timesOf(run, scenario, candidate);
      return times.length > 0 ? medianOf(times) : undefined;
    },
    inWords: timeInWords,
  };
}

/** How many misuses harmed somebody, except those that the guard need not stop. */
function harms(what: string, names: readonly string[], but: readonly Misuse[]): Aim {
  return {
    what,
    most: 0,
    find: ({ safety }) => {
      const rows = safety.filter(({ candidate }) => names.includes(candidate));
      if (rows.length === 0) return undefined;
      return rows
        .flatMap(({ outcomes }) => Object.entries(outcomes))
        .filter(([misuse]) => !but.includes(misuse as Misuse))
        .flatMap(([, counts]) => Object.entries(counts))
        .reduce((sum, [outcome, count]) => sum + (isHarm(outcome) ? count : 0), 0);
    },
    inWords: String,
  };
}

function timesOf({ timings }: Run, scenario: string, name: string): number[] {
  const rows = timings.find((timing) => timing.scenario === scenario)?.rows ?? [];
  const samples = rows.find(({ candidate }) => candidate === name)?.samples ?? [];
  return samples.map(({ nanoseconds }) => nanoseconds);
}

function ratio(one: number | undefined, two: number | undefined): number | undefined {
  return one === undefined || two === undefined ? undefined : one / two;
}
