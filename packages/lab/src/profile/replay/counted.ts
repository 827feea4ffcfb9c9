import { tallyOf, type Weighed } from '../estimate.ts';
import type { Trace } from '../trace/trace.ts';

export interface Window {
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

/** What was allocated in that way between two readings of the counters. */
export function countedWindows({ counters }: Trace, api: number): Window[] {
  const windows: Window[] = [];
  let [from, before] = [0, 0];
  for (const { totals, apis } of counters) {
    const now = apis.find(([id]) => id === api)?.[1] ?? before;
    if (now > before) windows.push({ from, to: totals, bytes: now - before });
    [from, before] = [totals, Math.max(now, before)];
  }
  return windows;
}

/** The counters count what is too small to be sampled as well. What is less than the error may be chance. */
export function sampledShare(samples: readonly Weighed[], windows: readonly Window[]): number {
  const counted = windows.reduce((sum, { bytes }) => sum + bytes, 0);
  const tally = tallyOf(samples);
  return counted - tally.bytes > 2 * tally.standardError() ? tally.bytes / counted : 1;
}

/**
 * How many allocations each sample of one thread and one way of allocating stands for: as many as it weighs, but all of
 * them in a window together for what was counted in it, as chance may have picked more of them, or fewer.
 *
 * @param samples in the order of time
 */
export function countedWeights(
  samples: readonly (Weighed & { readonly t: number })[],
  windows: readonly Window[],
): number[] {
  const weights = samples.map(({ weight }) => weight);
  const share = windows.length > 0 ? sampledShare(samples, windows) : 1;
  let first = 0;
  let counted = 0;
  for (const { to, bytes } of windows) {
    // What was made in windows without a sample is told by the next sample.
    counted += bytes * share;
    let after = first;
    while ((samples[after]?.t ?? Infinity) <= to) after += 1;
    if (after === first) continue;
    const sampled = tallyOf(samples.slice(first, after)).bytes;
    for (let at = first; at < after; at++) {
      weights[at] = Math.max(((weights[at] as number) * counted) / sampled, 1);
    }
    first = after;
    counted = 0;
  }
  return weights;
}
