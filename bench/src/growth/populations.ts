import type { Population } from './figures.ts';
import { idleStores } from './idle.ts';
import { leaks } from './leaks.ts';
import { lentBuffers } from './lent.ts';
import { recyclers } from './recyclers.ts';
import { waiters } from './waiters.ts';

const KiB = 1024;

/** What there may be many of in a process, by its name. */
export const populations = {
  'idle, fixed': (count) => idleStores('fixed', count, KiB),
  'idle, elastic': (count) => idleStores('elastic', count, 64 * KiB),
  'lent buffers': lentBuffers,
  waits: waiters,
  recyclers: recyclers,
  'leaks at once': leaks,
} as const satisfies Record<string, Population>;

export type PopulationName = keyof typeof populations;

/** Those of which a million are measured as well. */
export const millions: readonly PopulationName[] = ['idle, fixed', 'lent buffers'];
