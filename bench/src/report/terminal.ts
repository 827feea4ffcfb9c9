import Table from 'cli-table3';
import colours from 'picocolors';
import { type Misuse, misuses } from '../measure/safety.ts';
import type { Results, Run, Timing, TimingRow } from '../results.ts';
import { MiB } from '../units.ts';
import { committedRatio } from './committed.ts';
import { noiseIn } from './noise.ts';
import { relative, summarise, summariseSized } from './summary.ts';
import { bytesInWords, mebibytes, percent, ratioInWords, timeInWords } from './words.ts';

/** All that was found, for a terminal. */
export function toTerminal(results: Results): string {
  const { machine, date } = results;
  return [
    `${machine.processor}, ${machine.cores} cores, ${Math.round(machine.memoryBytes / MiB / 1024)} GiB; ${machine.system}; load average ${machine.load.toFixed(2)}; ${date}`,
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
  if (run.sizeds.length > 0) tables.push(sizedTable(run.sizeds));
  if (run.silences.length > 0) tables.push(silenceTable(run.silences));
  if (run.safeties.length > 0) tables.push(safetyTable(run.safeties));
  return tables.map((table) => `${heading} ${table}`);
}

function timingTable({ scenario, title, limit, rows }: Timing, node: string): string {
  const head = ['', 'time', '±', 'limit ×', 'committed', 'in GC', 'heap B', 'peak MiB', ''];
  const body = rows.map((row) => timingCells(row, committedRatio(node, scenario, row.candidate)));
  return tableOf(`${scenario}: ${title}. Limit: ${limit}`, head, body);
}

function timingCells(row: TimingRow, committed: number | undefined): string[] {
  const name = coloured(row);
  const note = row.failure ?? (row.sizeClassed ? 'behind size classes' : '');
  const found = summarise(row);
  if (found === undefined) return [name, '–', '', '', '', '', '', note];
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

function sizedTable(rows: Run['sizeds']): string {
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

function silenceTable(rows: Run['silences']): string {
  const moments = rows.find(({ silence }) => silence)?.silence?.after ?? [];
  const head = ['', 'all lent', ...moments.map(({ seconds }) => `${seconds} s`), ''];
  const body = rows.map((row) => [
    coloured(row),
    row.silence ? mebibytes(row.silence.lent) : '–',
    ...moments.map((_, index) => mebibytes(row.silence?.after[index]?.bytes ?? Number.NaN)),
    row.failure ?? '',
  ]);
  return tableOf('silence: MiB resident after 200 × 1 MiB were given back', head, body);
}

function safetyTable(rows: Run['safeties']): string {
  const names = Object.keys(misuses) as Misuse[];
  const body = rows.map((row) => [coloured(row), ...names.map((name) => row.outcomes[name])]);
  return tableOf('safety: what comes of misuse', ['', ...names], body);
}

function tableOf(title: string, head: readonly string[], body: readonly string[][]): string {
  const table = new Table({
    head: head.map((word) => colours.dim(word)),
    style: { head: [], border: [], compact: true },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    colAligns: head.map((word, index) =>
      word === '' || /give/.test(word) || index === 0 ? 'left' : 'right',
    ),
  });
  table.push(...body);
  return `${title}\n${table}`;
}

function coloured({
  candidate,
  kind,
}: {
  readonly candidate: string;
  readonly kind: string;
}): string {
  if (kind === 'giveback') return colours.green(candidate);
  return kind === 'limit' ? colours.bold(candidate) : candidate;
}
