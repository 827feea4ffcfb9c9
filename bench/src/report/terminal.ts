import Table from 'cli-table3';
import colours from 'picocolors';
import { isHarm, misuses } from '../measure/misuses.ts';
import type { Results, Row, Run, SafetyRow, Timing, TimingRow } from '../results.ts';
import { aims } from './aims.ts';
import { committedRatio } from './committed.ts';
import { misuseCells } from './misuse-tables.ts';
import { noiseIn } from './noise.ts';
import { lentBy } from './page-tables.ts';
import { relative, summarise, summariseSized } from './summary.ts';
import {
  bytesInWords,
  hostInWords,
  mebibytes,
  percent,
  ratioInWords,
  timeInWords,
} from './words.ts';

/** All results as text for a terminal. */
export function toTerminal(results: Results): string {
  const { host, load, date } = results;
  return [
    `${hostInWords(host)}; load average ${load.toFixed(2)}; ${date}`,
    Object.entries(results.packages)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    ...results.runs.flatMap(runTables),
    ...noiseIn(results).map((warning) => colours.yellow(`Warning: ${warning}`)),
  ].join('\n\n');
}

function runTables(run: Run): string[] {
  const heading = colours.bold(`Node ${run.node} (V8 ${run.v8})`);
  const tables = run.timings.map((timing) => timingTable(timing, run.node));
  if (run.heap.length > 0) tables.push(heapTable(run.heap));
  if (run.sized.length > 0) tables.push(sizedTable(run.sized));
  if (run.resident.length > 0) tables.push(residentTable(run.resident));
  if (run.safety.length > 0) tables.push(safetyTable(run.safety));
  const reached = aimsTable(run);
  if (reached !== undefined) tables.push(reached);
  return tables.map((table) => `${heading} ${table}`);
}

function timingTable({ scenario, title, limit, rows }: Timing, node: string): string {
  const head = ['', 'time', '±', 'limit ×', 'committed', 'in GC', 'heap B', 'peak MiB', ''];
  const body = rows.map((row) =>
    timingCells(row, limit, committedRatio(node, scenario, row.candidate)),
  );
  return tableOf(`${scenario}: ${title}. Limit: ${limit}`, head, body);
}

function timingCells(row: TimingRow, limit: string, committed: number | undefined): string[] {
  const name = coloured(row);
  const notes = [
    row.failure ?? '',
    row.sizeClassed ? 'behind size classes' : '',
    row.lends === 'store' && !row.sizeClassed ? 'no view' : '',
    row.limit !== limit && row.limit !== row.candidate ? `limit: ${row.limit}` : '',
  ];
  const note = notes.filter((each) => each !== '').join('; ');
  const found = summarise(row);
  if (found === undefined) return [name, '–', '', '', '', '', '', '', note];
  return [
    name,
    timeInWords(found.time.median),
    percent(relative(found.time) / 2),
    ratioInWords(found.ratio.median),
    committed === undefined ? '' : ratioInWords(committed),
    percent(found.collecting),
    bytesInWords(found.heapBytes),
    mebibytes(found.peakBytes),
    note,
  ];
}

function heapTable(rows: Run['heap']): string {
  const body = rows.map((row) => [
    coloured(row),
    row.bytes === undefined ? (row.failure ?? '–') : bytesInWords(row.bytes),
    lentBy(row),
  ]);
  return tableOf('heap: bytes that a get and give of 64 KiB allocate', ['', 'bytes', ''], body);
}

function sizedTable(rows: Run['sized']): string {
  const head = ['', 'peak ÷ live', 'p50', 'p99', 'makes', ''];
  const body = rows.map((row) => {
    const note = row.failure ?? (row.sizeClassed ? 'behind size classes' : '');
    const found = summariseSized(row);
    if (found === undefined) return [coloured(row), '–', '', '', '', note];
    const times = [found.p50, found.p99].map((milliseconds) => timeInWords(milliseconds * 1e6));
    return [coloured(row), found.peakRatio.toFixed(2), ...times, `${found.makes}`, note];
  });
  return tableOf('sized: 3,000 requests of 5 to 10 MB, each its own size, 20 live', head, body);
}

function residentTable(rows: Run['resident']): string {
  const moments = rows.find(({ resident }) => resident)?.resident?.after ?? [];
  const head = ['', 'all lent', ...moments.map(({ seconds }) => `${seconds} s`), ''];
  const body = rows.map((row) => [
    coloured(row),
    row.resident ? mebibytes(row.resident.lent) : '–',
    ...moments.map((_, index) => mebibytes(row.resident?.after[index]?.bytes ?? Number.NaN)),
    row.failure ?? '',
  ]);
  return tableOf('resident: MiB more than before, after 200 × 1 MiB were given back', head, body);
}

/** Numbers the misuses, as a terminal has no room for a column each. */
function safetyTable(rows: readonly SafetyRow[]): string {
  const legend = Object.keys(misuses).map((name, index) => `  ${index + 1}  ${name}`);
  const body = rows.map((row) => [coloured(row), misusesByOutcome(row).join('\n')]);
  return tableOf(`safety: what comes of\n${legend.join('\n')}`, ['', ''], body);
}

/** `refused: 1, 2, 5` */
function misusesByOutcome(row: SafetyRow): string[] {
  const numbers = new Map<string, number[]>();
  for (const [index, outcome] of misuseCells(row).entries())
    numbers.set(outcome, [...(numbers.get(outcome) ?? []), index + 1]);
  return [...numbers].map(([outcome, found]) => {
    const line = `${outcome}: ${found.join(', ')}`;
    return isHarm(outcome) ? colours.red(line) : line;
  });
}

/** The aims of giveback that were measured. */
function aimsTable(run: Run): string | undefined {
  const body = aims.flatMap(({ what, most, find, inWords }) => {
    const found = find(run);
    if (found === undefined) return [];
    const verdict = found <= most ? colours.green('reached') : colours.red('missed');
    return [[what, `≤ ${inWords(most)}`, inWords(found), verdict]];
  });
  return body.length === 0 ? undefined : tableOf('reach', ['', 'at most', 'found', ''], body);
}

function tableOf(title: string, head: readonly string[], body: readonly string[][]): string {
  const table = new Table({
    head: head.map((word) => colours.dim(word)),
    style: { head: [], border: [], compact: true },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    colAligns: head.map((word, index) => (word === '' || index === 0 ? 'left' : 'right')),
  });
  table.push(...body);
  return `${title}\n${table}`;
}

function coloured({ candidate, kind }: Row): string {
  if (kind === 'giveback') return colours.green(candidate);
  return kind === 'bare' ? colours.bold(candidate) : candidate;
}
