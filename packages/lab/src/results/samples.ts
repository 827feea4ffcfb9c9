import { UsageError } from '../core/errors.ts';
import { excerpt } from '../core/text.ts';

/** The article's line, one number a column. Bytes, but for the last two. */
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

/** A trial's lines by column. All columns are equally long: one entry a tick. */
export type Samples = Readonly<Record<Column, readonly number[]>>;

export const CSV_HEADER: string = COLUMNS.join(',');

/** More characters than a line can have. */
const LONGEST_LINE = 7 * 16 + 1;

/** Up to 15 digits, which a number holds exactly. */
const LINE = /^\d{1,15}(?:,\d{1,15}){6}$/;

/** `source` names the file in the error a cut or edited one gets. */
export function parseCsv(text: string, source: string): Samples {
  if (!text.startsWith(`${CSV_HEADER}\n`)) {
    throw new UsageError(`${source}: expected the first line to be \`${CSV_HEADER}\``);
  }
  if (!text.endsWith('\n')) throw new UsageError(`${source}: the last line is cut off`);
  const columns = COLUMNS.map(() => [] as number[]);
  // Not split into lines first: of a file that is edited they may be any number, and of any length.
  let line = 2;
  for (let from = CSV_HEADER.length + 1; from < text.length; line++) {
    const to = text.indexOf('\n', from);
    // Of a longer one, which is wrong anyway, as much as the message shows.
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

/** What was resident at each tick, more than at the start. */
export function residentIn({ HeapSys, HeapReleased }: Samples): number[] {
  return HeapSys.map((sys, tick) => sys - (HeapReleased[tick] ?? 0));
}

/** The largest number of a column; 0 of an empty one. Columns are too long to spread into `Math.max`. */
export function peak(numbers: readonly number[]): number {
  return numbers.reduce((most, number) => Math.max(most, number), 0);
}

export function mean(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0) / numbers.length;
}
