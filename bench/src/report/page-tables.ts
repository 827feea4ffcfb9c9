import { type Misuse, misuses } from '../measure/safety.ts';
import type { Run, SizedRow, Timing } from '../results.ts';
import { summarise, summariseSized } from './summary.ts';
import { bytesInWords, mebibytes, ratioInWords, timeInWords } from './words.ts';

/** A table for every scenario, a column for every Node. */
export function timingSections(runs: readonly Run[]): string[] {
  const scenarios = new Set(runs.flatMap(({ timings }) => timings.map((each) => each.scenario)));
  return [...scenarios].flatMap((scenario) => timingSection(scenario, runs));
}

function timingSection(scenario: string, runs: readonly Run[]): string[] {
  const found = runs.flatMap((run) => {
    const timing = run.timings.find((each) => each.scenario === scenario);
    return timing === undefined ? [] : [{ node: run.node, timing }];
  });
  const last = found.at(-1)?.timing as Timing;
  const head = ['', ...found.map(({ node }) => `Node ${node.split('.')[0]}`), ...extraHead(last)];
  const body = last.rows.map((row) => [
    candidateCell(row),
    ...found.map(({ timing }) => timeCell(timing, row.candidate)),
    ...extraCells(last, row.candidate),
  ]);
  const cells = 'Each cell: the time, and how many times the limit’s, found within each round.';
  return [`### ${last.title}`, `The limit: ${last.limit}. ${cells}`, tableOf(head, body)];
}

/** The one more figure that tells something in a scenario. */
function extraHead({ scenario }: Timing): string[] {
  if (scenario === 'objects') return [];
  return scenario === 'large' ? ['peak MiB above the start'] : ['heap bytes a cycle'];
}

function extraCells(timing: Timing, candidate: string): string[] {
  const row = timing.rows.find((each) => each.candidate === candidate);
  const found = row === undefined ? undefined : summarise(row);
  const { heapBytes = Number.NaN, peakBytes = Number.NaN } = found ?? {};
  const figure = timing.scenario === 'large' ? mebibytes(peakBytes) : bytesInWords(heapBytes);
  return extraHead(timing).map(() => figure);
}

function timeCell({ rows }: Timing, candidate: string): string {
  const row = rows.find((each) => each.candidate === candidate);
  const found = row === undefined ? undefined : summarise(row);
  if (found === undefined) return row?.failure ?? '–';
  return `${timeInWords(found.time.median)} · ${ratioInWords(found.ratio.median)}`;
}

const silenceText =
  'A burst of 200 buffers of 1 MiB, every byte written, all given back; then nothing happens and no collection is forced. MiB resident more than before the burst, so many seconds later. Whoever lets go of idle things after a time is told to do so after 10 s.';

const sizedText =
  'The lab’s workload `sized`: 20 buffers live, 3,000 requests of 5,000,000 to 9,999,999 bytes, each of its own size and filled, each in place of another. Each cell: peak resident ÷ peak live, the 99th percentile of the time to get, fill and replace, and how many backing stores were made. Asynchronous pools cannot be strategies of the lab.';

export function sizedSections(runs: readonly Run[]): string[] {
  const measured = runs.filter(({ sizeds }) => sizeds.length > 0);
  const rows = measured.at(-1)?.sizeds ?? [];
  if (rows.length === 0) return [];
  const head = ['', ...measured.map(({ node }) => `Node ${node.split('.')[0]}`)];
  const body = rows.map((row) => [
    candidateCell(row),
    ...measured.map(({ sizeds }) =>
      sizedCell(sizeds.find(({ candidate }) => candidate === row.candidate)),
    ),
  ]);
  return [sizedText, tableOf(head, body)];
}

function sizedCell(row: SizedRow | undefined): string {
  const found = row === undefined ? undefined : summariseSized(row);
  if (found === undefined) return row?.failure ?? '–';
  return `${found.peakRatio.toFixed(2)} · ${timeInWords(found.p99 * 1e6)} · ${found.makes}`;
}

export function silenceSections(runs: readonly Run[]): string[] {
  const measured = runs.filter(({ silences }) => silences.length > 0);
  return measured.length === 0 ? [] : [silenceText, ...measured.map(silenceTable)];
}

function silenceTable({ node, silences }: Run): string {
  const moments = silences.find(({ silence }) => silence)?.silence?.after ?? [];
  const head = [`Node ${node}`, 'all lent', ...moments.map(({ seconds }) => `${seconds} s`)];
  const body = silences.map((row) => [
    candidateCell(row),
    row.silence ? mebibytes(row.silence.lent) : (row.failure ?? '–'),
    ...(row.silence?.after ?? []).map(({ bytes }) => mebibytes(bytes)),
  ]);
  return tableOf(head, body);
}

const safetyText =
  'What each does when a buffer is given twice; when it is given by somebody who gave it before, and it is somebody else’s by now; when a buffer is given that was never lent; and when that one is a slice of the slab that Node itself cuts small buffers from.';

export function safetySections(safeties: Run['safeties']): string[] {
  if (safeties.length === 0) return [];
  const names = Object.keys(misuses) as Misuse[];
  const cell = (outcome: string) =>
    /^(lends|hangs|fails)/.test(outcome) ? `**${outcome}**` : outcome;
  const body = safeties.map((row) => [
    candidateCell(row),
    ...names.map((name) => cell(row.outcomes[name])),
  ]);
  return [safetyText, tableOf(['', ...names], body)];
}

function candidateCell(row: { candidate: string; kind: string; sizeClassed?: boolean }): string {
  const name = `${row.candidate}${row.sizeClassed ? ' †' : ''}`;
  return row.kind === 'giveback' || row.kind === 'limit' ? `**${name}**` : name;
}

function tableOf(head: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, index) => (index === 0 ? '---' : '---:'));
  return [line(head), line(rule), ...body.map(line)].join('\n');
}
