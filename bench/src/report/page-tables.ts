import type { Run, SizedRow, Timing, TimingRow } from '../results.ts';
import { candidateCell, markdownTable } from './markdown.ts';
import { summarise, summariseSized } from './summary.ts';
import { bytesInWords, mebibytes, nodeInWords, ratioInWords, timeInWords } from './words.ts';

/** A table for each scenario, with a column for each Node. */
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
  const more = columnsFor(last);
  const head = ['', ...more.map(({ name }) => name), ...found.map(({ node }) => nodeInWords(node))];
  const body = last.rows.map((row) => [
    candidateCell(row),
    ...more.map(({ cell }) => cell(row)),
    ...found.map(({ timing }) => timeCell(timing, row.candidate)),
  ]);
  return [`### ${last.title}`, limitsIn(last), markdownTable(head, body)];
}

/** `The limit: a; of c: b.` */
function limitsIn({ limit, rows }: Timing): string {
  const others = rows.filter((row) => row.limit !== limit && row.limit !== row.candidate);
  const exceptions = others.map((row) => `; of ${row.candidate}: ${row.limit}`);
  return `The limit: ${limit}${exceptions.join('')}.`;
}

interface Column {
  readonly name: string;
  cell(row: TimingRow): string;
}

const lends: Column = { name: 'lends', cell: (row) => lentBy(row) };
const heapBytes: Column = {
  name: 'heap bytes a cycle',
  cell: (row) => bytesInWords(summarise(row)?.heapBytes ?? Number.NaN),
};
const peak: Column = {
  name: 'peak MiB above the start',
  cell: (row) => mebibytes(summarise(row)?.peakBytes ?? Number.NaN),
};

/** The columns of a scenario besides time. */
function columnsFor({ scenario, rows }: Timing): readonly Column[] {
  if (scenario === 'objects') return [];
  if (scenario === 'large') return [peak];
  return rows.some(({ sizeClassed }) => sizeClassed) ? [heapBytes] : [lends, heapBytes];
}

export function lentBy({ lends }: Pick<TimingRow, 'lends'>): string {
  return { view: 'a view', store: 'the store', new: 'new memory' }[lends];
}

function timeCell({ rows }: Timing, candidate: string): string {
  const row = rows.find((each) => each.candidate === candidate);
  const found = row === undefined ? undefined : summarise(row);
  if (found === undefined) return row?.failure ?? '–';
  return `${timeInWords(found.time.median)} · ${ratioInWords(found.ratio.median)}`;
}

export function heapTable(runs: readonly Run[]): string {
  const counted = runs.filter(({ heap }) => heap.length > 0);
  const rows = counted.at(-1)?.heap ?? [];
  if (rows.length === 0) return '';
  const body = rows.map((row) => [
    candidateCell(row),
    lentBy(row),
    ...counted.map(({ heap }) => {
      const found = heap.find(({ candidate }) => candidate === row.candidate);
      return found?.bytes === undefined ? (found?.failure ?? '–') : bytesInWords(found.bytes);
    }),
  ]);
  return markdownTable(['', 'lends', ...counted.map(({ node }) => nodeInWords(node))], body);
}

export function sizedTable(runs: readonly Run[]): string {
  const measured = runs.filter(({ sized }) => sized.length > 0);
  const rows = measured.at(-1)?.sized ?? [];
  if (rows.length === 0) return '';
  const body = rows.map((row) => [
    candidateCell(row),
    ...measured.map(({ sized }) =>
      sizedCell(sized.find(({ candidate }) => candidate === row.candidate)),
    ),
  ]);
  return markdownTable(['', ...measured.map(({ node }) => nodeInWords(node))], body);
}

function sizedCell(row: SizedRow | undefined): string {
  const found = row === undefined ? undefined : summariseSized(row);
  if (found === undefined) return row?.failure ?? '–';
  return `${found.peakRatio.toFixed(2)} · ${timeInWords(found.p99 * 1e6)} · ${found.makes}`;
}

export function residentTables(runs: readonly Run[]): string[] {
  return runs.filter(({ resident }) => resident.length > 0).map(residentTable);
}

function residentTable({ node, resident: rows }: Run): string {
  const moments = rows.find(({ resident }) => resident)?.resident?.after ?? [];
  const head = [`Node ${node}`, 'all lent', ...moments.map(({ seconds }) => `${seconds} s`)];
  const body = rows.map((row) => [
    candidateCell(row),
    row.resident ? mebibytes(row.resident.lent) : (row.failure ?? '–'),
    ...(row.resident?.after ?? []).map(({ bytes }) => mebibytes(bytes)),
  ]);
  return markdownTable(head, body);
}
