import { UsageError } from '../core/errors.ts';
import { excerpt } from '../core/text.ts';

/** The columns of the article's line. All are bytes except the last two, which are counts. */
export const COLUMNS = [
  'HeapSys',
  'bytes',
  'HeapAlloc',
  'HeapIdle',
  'HeapReleased',
  'makes',
  'frees',
] as const;

export type Column = (typeof COLUMNS)[number];

/** A trial's lines by column. Every column has one entry a tick. */
export type Samples = Readonly<Record<Column, readonly number[]>>;

export const CSV_HEADER: string = COLUMNS.join(',');

/** More characters than a line can have. */
const LONGEST_LINE = 7 * 16 + 1;

/** Up to 15 digits, which a number holds exactly. */
const LINE = /^\d{1,15}(?:,\d{1,15}){6}$/;

/**
 * Reads a CSV.
 *
 * @throws UsageError that names `source` and the line, if the file was cut off or edited
 */
export function parseCsv(text: string, source: string): Samples {
  if (!text.startsWith(`${CSV_HEADER}\n`)) {
    throw new UsageError(`${source}: expected the first line to be \`${CSV_HEADER}\``);
  }
  if (!text.endsWith('\n')) throw new UsageError(`${source}: the last line is cut off`);
  const columns = COLUMNS.map(() => [] as number[]);
  // Not split into lines first, as an edited file may have any number of lines of any length.
  let line = 2;
  for (let from = CSV_HEADER.length + 1; from < text.length; line++) {
    const to = text.indexOf('\n', from);
    // A longer line is wrong anyway, and the message shows no more than this.
    const cells = text.slice(from, Math.min(to, from + LONGEST_LINE));
    if (!LINE.test(cells)) {
      throw new UsageError(
        `${source}: expected line ${line} to be ${COLUMNS.length} whole numbers, got \`${excerpt(cells)}\``,
      );
    }
    cells.split(',').forEach((cell, column) => {
      columns[column]?.push(Number(cell));
    });
    from = to + 1;
  }
  return Object.fromEntries(COLUMNS.map((name, at) => [name, columns[at]])) as unknown as Samples;
}

/** Resident memory at each tick, above the start. */
export function residentIn({ HeapSys, HeapReleased }: Samples): number[] {
  return HeapSys.map((sys, tick) => sys - (HeapReleased[tick] ?? 0));
}

/** The largest number of a column, 0 if it is empty. Columns are too long to spread into `Math.max`. */
export function peak(numbers: readonly number[]): number {
  return numbers.reduce((most, number) => Math.max(most, number), 0);
}

export function mean(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0) / numbers.length;
}
