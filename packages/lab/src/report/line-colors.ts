import type { LineSeriesOption } from 'echarts';
import { FAINT, INK, PAPER, RULE } from '../pictures/palette.ts';
import type { Column } from '../results/samples.ts';

/** What is drawn: the columns, and resident memory at each tick, which follows from two of them. */
export type Line = Exclude<Column, 'frees'> | 'resident';

/** The article's colours where it has them: pool bytes red, HeapSys blue, makes orange. */
export const COLORS: Readonly<Record<Line, string>> = {
  HeapSys: '#2563eb',
  resident: '#2563ec',
  bytes: '#dc2626',
  HeapAlloc: '#16a34a',
  HeapIdle: '#9d6bdb',
  HeapReleased: '#64748c',
  makes: '#b45f06',
};

/** Where the memory of some trials of a strategy was and that of others was not. */
export const RANGE = '#a8c1f7';

/** What each colour of a chart is in the dark. */
export const DARK: Readonly<Record<string, string>> = {
  [PAPER]: '#172033',
  [INK]: '#e2e8f0',
  [FAINT]: '#9aa8bc',
  [RULE]: '#334155',
  [COLORS.HeapSys]: '#7aa5ff',
  [COLORS.resident]: '#7aa5ff',
  [COLORS.bytes]: '#ff7b7b',
  [COLORS.HeapAlloc]: '#4ade80',
  [COLORS.HeapIdle]: '#c4a1f5',
  [COLORS.HeapReleased]: '#94a3b8',
  [COLORS.makes]: '#fbb24c',
  [RANGE]: '#3b5690',
};

/** Thick lines for what the article compares, thin ones for the rest. They differ without their colours, too. */
export const STYLES: Readonly<Record<Line, NonNullable<LineSeriesOption['lineStyle']>>> = {
  HeapSys: { width: 2.5, type: 'solid' },
  resident: { width: 2.5, type: 'solid' },
  bytes: { width: 2.5, type: [9, 3] },
  HeapAlloc: { width: 1.75, type: [2, 2] },
  HeapIdle: { width: 1.5, type: [10, 3, 2, 3] },
  HeapReleased: { width: 1.5, type: [5, 5] },
  makes: { width: 2, type: [16, 4] },
};
