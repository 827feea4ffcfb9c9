import { UsageError } from './errors.ts';

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

/** `source` names the file in the error a cut or edited one gets. */
export function parseCsv(text: string, source: string): Samples {
  const lines = text.split('\n');
  if (lines[0] !== CSV_HEADER) {
    throw new UsageError(`${source}: expected the first line to be \`${CSV_HEADER}\``);
  }
  if (lines.pop() !== '') throw new UsageError(`${source}: the last line is cut off`);
  const samples = Object.fromEntries(COLUMNS.map((column) => [column, [] as number[]]));
  for (let line = 1; line < lines.length; line++) {
    const cells = (lines[line] as string).split(',');
    if (cells.length !== COLUMNS.length || !cells.every((cell) => /^\d+$/.test(cell))) {
      throw new UsageError(
        `${source}: expected line ${line + 1} to be ${COLUMNS.length} whole numbers, got \`${lines[line]}\``,
      );
    }
    COLUMNS.forEach((column, index) => {
      samples[column]?.push(Number(cells[index]));
    });
  }
  return samples as Record<Column, number[]>;
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
