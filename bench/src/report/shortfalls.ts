import type { Run, Timing, TimingRow } from '../results.ts';
import { summarise } from './summary.ts';
import { listed, mebibytes, ratioInWords, timeInWords } from './words.ts';

/** The recycler that a reader would compare with, where things are lent, and where bytes are. */
const OURS = ['giveback fixed', 'giveback Recycler'];

/** Where somebody else does better, in sentences: read from the results, not from our wishes. */
export function shortfalls(run: Run): string[] {
  return [...run.timings.flatMap(slower), ...heavier(run), ...unsafe(run)];
}

function slower({ scenario, title, rows }: Timing): string[] {
  const timed = rows.flatMap((row) => {
    const time = summarise(row)?.time.median;
    return time === undefined ? [] : [{ ...row, time }];
  });
  const ours = OURS.flatMap((name) => timed.find(({ candidate }) => candidate === name) ?? [])[0];
  if (ours === undefined || scenario === 'heap') return [];
  const faster = timed.filter(({ kind, time }) => isPeer(kind) && time < ours.time);
  const own = timed.find((row) => row.kind === 'giveback' && isTenfold(row.time, ours.time));
  return [
    ...(faster.length > 0
      ? [
          `*${title}*: ${ours.candidate} takes ${timeInWords(ours.time)}; ${listed(
            faster.map(({ candidate, time }) => `${candidate} ${timeInWords(time)}`),
          )}.`,
        ]
      : []),
    ...(own === undefined
      ? []
      : [
          `*${title}*: ${own.candidate} takes ${ratioInWords(own.time / ours.time)} the time of ${ours.candidate}.`,
        ]),
  ];
}

function isPeer(kind: TimingRow['kind']): boolean {
  return kind === 'peer' || kind === 'platform';
}

function isTenfold(time: number, than: number): boolean {
  return time > 10 * than;
}

function heavier({ silences }: Run): string[] {
  const last = silences.map((row) => ({ ...row, bytes: row.silence?.after.at(-1)?.bytes ?? NaN }));
  const ours = last.filter(({ kind }) => kind === 'giveback');
  const worst = ours.reduce((most, { bytes }) => Math.max(most, bytes), 0);
  const lighter = last.filter(({ kind, bytes }) => isPeer(kind) && bytes < worst - 2 ** 20);
  if (lighter.length === 0) return [];
  return [
    `*Memory in silence*, at the end: ${listed(
      ours.map(({ candidate, bytes }) => `${candidate} ${mebibytes(bytes)} MiB`),
    )}; ${listed(lighter.map(({ candidate, bytes }) => `${candidate} ${mebibytes(bytes)} MiB`))}.`,
  ];
}

function unsafe({ safeties }: Run): string[] {
  return safeties
    .filter(({ kind }) => kind === 'giveback')
    .flatMap(({ candidate, outcomes }) =>
      Object.entries(outcomes)
        .filter(([, outcome]) => outcome.startsWith('lends'))
        .map(([misuse, outcome]) => `*Misuse*: after a ${misuse}, ${candidate} ${outcome}.`),
    );
}
