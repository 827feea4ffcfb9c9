import { MiB } from 'giveback-lab/measure';
import { isHarm } from '../measure/misuses.ts';
import {
  newestWith,
  type Results,
  type Row,
  type Run,
  type Timing,
  type TimingRow,
  unlessEmpty,
} from '../results.ts';
import { summarise, summariseSized } from './summary.ts';
import { listed, mebibytes, nodeInWords, ratioInWords, timeInWords } from './words.ts';

/** The recyclers to compare with others: the first where bytes are lent, the second where objects are. */
const OURS = ['giveback fixed', 'giveback Recycler'];

/** Times whose ratio is at least this differ by more than measurements vary. */
const CLEARLY = 1.1;

/** A sentence for each result in which something else is better, from the newest Node that each table was measured on. */
export function shortfalls({ runs }: Pick<Results, 'runs'>): string[] {
  return [...new Set(runs.flatMap(({ timings }) => timings.map(({ scenario }) => scenario)))]
    .flatMap((scenario) => slower(scenario, runs))
    .concat(behindInSized(runs), runs.flatMap(behindAfterBurst), harmfulMisuses(runs));
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

/** Marks a candidate that lends the same object again, which is faster than to make a view as the others do. */
function noView({ lends, sizeClassed }: TimingRow): string {
  return lends === 'store' && !sizeClassed ? ' (no view)' : '';
}

/** Where something else needs less memory or less time in the lab's workload. */
function behindInSized(runs: readonly Run[]): string[] {
  const sized = newestWith(runs, ({ sized }) => unlessEmpty(sized));
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

function behindAfterBurst({ node, resident }: Run): string[] {
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

/** Which misuses of giveback's candidates harm somebody. */
function harmfulMisuses(runs: readonly Run[]): string[] {
  const rows = newestWith(runs, ({ safety }) => unlessEmpty(safety))?.table ?? [];
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
