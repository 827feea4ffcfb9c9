import { MiB } from 'giveback-lab/measure';
import { isHarm } from '../measure/misuses.ts';
import {
  measured,
  newestWith,
  type Results,
  type Row,
  type Run,
  type Timing,
  type TimingRow,
} from '../results.ts';
import { summarise, summariseSized } from './summary.ts';
import { listed, mebibytes, nodeInWords, ratioInWords, timeInWords } from './words.ts';

/** The recycler that a reader would compare with, where bytes are lent, and where things are. */
const OURS = ['giveback fixed', 'giveback Recycler'];

/** Further apart than measurements of the same thing are. */
const CLEARLY = 1.1;

/**
 * Where somebody else does better, in sentences: read from the results, not from our wishes, and of
 * each table from the newest Node that it was measured on.
 */
export function shortfalls({ runs }: Pick<Results, 'runs'>): string[] {
  return [...new Set(runs.flatMap(({ timings }) => timings.map(({ scenario }) => scenario)))]
    .flatMap((scenario) => slower(scenario, runs))
    .concat(heldLonger(runs), runs.flatMap(heavier), unsafe(runs));
}

function slower(scenario: string, runs: readonly Run[]): string[] {
  const found = newestWith(runs, ({ timings }) =>
    timings.find((timing) => timing.scenario === scenario),
  );
  if (found === undefined) return [];
  const sentences = slowerIn(found.table);
  if (sentences.length === 0) return [];
  return [`*${found.table.title}*, ${nodeInWords(found.node)}: ${sentences.join(' ')}`];
}

function slowerIn({ rows }: Timing): string[] {
  const timed = rows.flatMap((row) => {
    const time = summarise(row)?.time.median;
    return time === undefined ? [] : [{ ...row, time }];
  });
  const ours = OURS.flatMap((name) => timed.find(({ candidate }) => candidate === name) ?? [])[0];
  if (ours === undefined) return [];
  const faster = timed.filter((row) => isElse(row) && row.time * CLEARLY < ours.time);
  const costly = timed.filter((row) => row.kind === 'giveback' && row.time > 10 * ours.time);
  const sentences = [];
  if (faster.length > 0) {
    const others = faster.map((row) => `${row.candidate} ${timeInWords(row.time)}${noView(row)}`);
    sentences.push(`${ours.candidate} takes ${timeInWords(ours.time)}, ${listed(others)}.`);
  }
  for (const { candidate, time } of costly)
    sentences.push(
      `${candidate} takes ${ratioInWords(time / ours.time)} as long as ${ours.candidate}.`,
    );
  return sentences;
}

/** Where the others of a table lend views, it takes less to lend the same object again and again. */
function noView({ lends, sizeClassed }: TimingRow): string {
  return lends === 'store' && !sizeClassed ? ' (no view)' : '';
}

/** More memory, or more time, than somebody else in the lab's workload. */
function heldLonger(runs: readonly Run[]): string[] {
  const sized = newestWith(runs, ({ sized }) => measured(sized));
  if (sized === undefined) return [];
  const found = sized.table.flatMap((row) => {
    const summary = summariseSized(row);
    return summary === undefined ? [] : [{ ...row, ...summary }];
  });
  return found
    .filter(({ candidate }) => /^giveback (fixed|elastic)$/.test(candidate))
    .flatMap((ours) => {
      const leaner = found.filter((row) => isElse(row) && row.peakRatio * 1.02 < ours.peakRatio);
      const quicker = found.filter((row) => isElse(row) && row.p99 * CLEARLY < ours.p99);
      const memory = leaner.map((row) => `${row.candidate} ${row.peakRatio.toFixed(2)}`);
      const time = quicker.map((row) => `${row.candidate} ${timeInWords(row.p99 * 1e6)}`);
      const where = `*Every request its own size*, ${nodeInWords(sized.node)}: ${ours.candidate}`;
      return [
        ...(memory.length > 0
          ? [`${where} holds ${ours.peakRatio.toFixed(2)} times what is live, ${listed(memory)}.`]
          : []),
        ...(time.length > 0
          ? [`${where} has a p99 of ${timeInWords(ours.p99 * 1e6)}, ${listed(time)}.`]
          : []),
      ];
    });
}

function heavier({ node, resident }: Run): string[] {
  const last = resident.map((row) => ({ ...row, bytes: row.resident?.after.at(-1)?.bytes ?? NaN }));
  const heavy = last.filter(({ kind, bytes }) => kind === 'giveback' && bytes > 20 * MiB);
  const light = last.filter((row) => isElse(row) && row.bytes < 20 * MiB);
  if (heavy.length === 0 || light.length === 0) return [];
  const much = heavy.map(({ candidate, bytes }) => `${candidate} ${mebibytes(bytes)} MiB`);
  const less = light.map(({ candidate }) => candidate);
  return [
    `*Memory after a burst*, ${nodeInWords(node)}: at the end ${listed(much)} stay resident, next to nothing of ${listed(less)}.`,
  ];
}

/** Which misuse makes which of ours lend what it must not. */
function unsafe(runs: readonly Run[]): string[] {
  const rows = newestWith(runs, ({ safety }) => measured(safety))?.table ?? [];
  const sayings = new Map<string, string[]>();
  for (const { candidate, outcomes } of rows.filter((row) => row.kind === 'giveback')) {
    for (const [misuse, counts] of Object.entries(outcomes)) {
      for (const outcome of Object.keys(counts).filter(isHarm)) {
        const saying = `*Misuse*: a ${misuse} ${outcome}`;
        sayings.set(saying, [...(sayings.get(saying) ?? []), candidate]);
      }
    }
  }
  return [...sayings].map(([saying, names]) => `${saying} with ${listed(names)}.`);
}

function isElse({ kind }: Row): boolean {
  return kind === 'peer' || kind === 'platform';
}
