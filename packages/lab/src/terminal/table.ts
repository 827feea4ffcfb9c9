import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import { type Column, columnsOf, type Row, rowsOf } from '../analysis/comparison.ts';
import { findings } from '../analysis/findings.ts';
import type { Run } from '../results/run.ts';
import { colorsFor } from './colors.ts';

/** The columns of names are `runtime` and `strategy`. */
interface Shown {
  readonly runtime: boolean;
  readonly columns: readonly Column[];
}

/**
 * A run as a table, with its findings below. Where the terminal is too narrow, the table has fewer columns and says so;
 * what goes first is what matters least.
 */
export function terminalTable(run: Run, width: number = terminalWidth()): string {
  const rows = rowsOf(run);
  const all = columnsOf(run);
  const shown: { runtime: boolean; columns: Column[] } = { runtime: true, columns: [...all] };
  let table = draw(shown, all, rows);
  const runtimes = new Set(rows.map(({ runtime }) => runtime));
  while (widthOf(table) > width && shown.columns.length > 1) {
    // The findings and the report name the runtime, too.
    if (shown.runtime && runtimes.size === 1) shown.runtime = false;
    else shown.columns.splice(shown.columns.indexOf(lightest(shown.columns)), 1);
    table = draw(shown, all, rows);
  }
  const { bold, dim, red } = colorsFor(process.stdout);
  const dropped = all.filter((column) => !shown.columns.includes(column));
  return [
    table,
    ...rows.flatMap(({ runtime, strategy, failures }) =>
      failures.map((failure) => red(`${strategy} on ${runtime} ${failure}`)),
    ),
    ...(dropped.length > 0
      ? [dim(`No room for ${dropped.map(({ name }) => name).join(', ')}: see the report.`)]
      : []),
    ...findings(run).map(bold),
  ].join('\n');
}

/** The columns of the terminal, or those that COLUMNS says a reader of the output has. */
function terminalWidth(): number {
  return process.stdout.columns || Number(process.env.COLUMNS) || Infinity;
}

function lightest(columns: readonly Column[]): Column {
  return columns.reduce((least, column) => (column.weight < least.weight ? column : least));
}

function draw({ runtime, columns }: Shown, all: readonly Column[], rows: readonly Row[]): string {
  const { bold, dim, green, red } = colorsFor(process.stdout);
  const names = runtime ? ['runtime', 'strategy'] : ['strategy'];
  const table = new Table({
    head: [...names, ...columns.map(({ name }) => name)].map(bold),
    // The table's own colours would ignore NO_COLOR and pipes.
    style: { head: [], border: [], compact: true },
    colAligns: [...names.map(() => 'left' as const), ...columns.map(() => 'right' as const)],
  });
  for (const row of rows) {
    const { cells, winner } = row;
    const own = runtime ? [row.runtime, row.strategy] : [row.strategy];
    if (cells.length === 0) {
      table.push([...own, { content: red(row.instead), colSpan: columns.length, hAlign: 'left' }]);
      continue;
    }
    const figures = columns.map((column) => {
      const { text, range } = cells[all.indexOf(column)] ?? { text: '' };
      const median = winner ? green(text) : text;
      return range === undefined ? median : `${median}\n${dim(range)}`;
    });
    table.push([...(winner ? own.map(green) : own), ...figures]);
  }
  return table.toString();
}

function widthOf(table: string): number {
  return Math.max(
    ...stripVTControlCharacters(table)
      .split('\n')
      .map((line) => [...line].length),
  );
}
