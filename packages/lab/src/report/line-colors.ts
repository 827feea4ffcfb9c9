import type { Column } from '../results/samples.ts';

/** What is drawn: the columns, and resident memory at each tick, which follows from two of them. */
export type Line = Exclude<Column, 'frees'> | 'resident';

/** The article's colours where it has them: pool bytes red, HeapSys blue, makes orange. */
export const COLORS: Readonly<Record<Line, string>> = {
  HeapSys: '#2563eb',
  resident: '#2563eb',
  bytes: '#dc2626',
  HeapAlloc: '#16a34a',
  HeapIdle: '#9d6bdb',
  HeapReleased: '#64748b',
  makes: '#f08c00',
};
