import type { Figures } from '../growth/figures.ts';
import type { PopulationName } from '../growth/populations.ts';
import type { GrowthRow } from '../results.ts';
import { medianOf } from './summary.ts';

/** What becomes of one operation, or pause, as there is more of something. */
export interface GrowthLine {
  readonly population: PopulationName;
  readonly operation: string;
  readonly points: readonly { readonly count: number; readonly value: number }[];
}

/** Whoever calls these asks for everything at once: they take what they take. */
const WHOLE = new Set(['trim()', 'close()', 'leases()']);

export function isWhole({ operation }: GrowthLine): boolean {
  return WHOLE.has(operation);
}

/** A line for each operation that has a time, or for each pause; medians of the rounds. */
export function linesOf(rows: readonly GrowthRow[], of: keyof Figures): GrowthLine[] {
  const lines = new Map<string, GrowthLine & { points: { count: number; value: number }[] }>();
  for (const { population, count, rounds } of rows)
    for (const operation of Object.keys(rounds[0]?.[of] ?? {})) {
      const key = `${population}: ${operation}`;
      const line = lines.get(key) ?? { population, operation, points: [] };
      lines.set(key, line);
      line.points.push({
        count,
        value: medianOf(rounds.map((each) => each[of][operation] ?? NaN)),
      });
    }
  return [...lines.values()];
}
