import type { Reading } from './recorded-memory.ts';

/** One allocation: when it is made, when it is let go of. */
export interface Held {
  readonly made: number;
  readonly gone: number;
  /** A look found it until then. */
  readonly earliest: number;
  readonly bytes: number;
}

/**
 * What V8 reports has garbage in it, so never less than what is held. Where more would be held, as times were drawn for
 * each buffer by itself, those that would go next go at once. None goes before a look that found it.
 */
export function heldWithin<A extends Held>(
  allocations: readonly A[],
  readings: readonly Reading[],
): A[] {
  const all = [...allocations].sort((a, b) => a.made - b.made);
  let live: number[] = [];
  let next = 0;
  for (const { ms, bytes: most } of readings) {
    while ((all[next]?.made ?? Infinity) <= ms) live.push(next++);
    live = live.filter((index) => (all[index] as A).gone > ms);
    let excess = live.reduce((sum, index) => sum + (all[index] as A).bytes, 0) - most;
    if (excess <= 0) continue;
    live.sort((a, b) => (all[a] as A).gone - (all[b] as A).gone);
    for (const index of live) {
      const held = all[index] as A;
      if (excess <= 0) break;
      if (held.earliest > ms) continue;
      all[index] = { ...held, gone: ms };
      excess -= held.bytes;
    }
  }
  return all;
}

/** How many bytes more than V8 reported would be held, all readings together. */
export function excessOver(allocations: readonly Held[], readings: readonly Reading[]): number {
  const byMade = [...allocations].sort((a, b) => a.made - b.made);
  const byGone = [...allocations].sort((a, b) => a.gone - b.gone);
  let [held, made, gone, excess] = [0, 0, 0, 0];
  for (const { ms, bytes: most } of readings) {
    for (; (byMade[made]?.made ?? Infinity) <= ms; made++) held += byMade[made]?.bytes ?? 0;
    for (; (byGone[gone]?.gone ?? Infinity) <= ms; gone++) held -= byGone[gone]?.bytes ?? 0;
    excess += Math.max(held - most, 0);
  }
  return excess;
}
