import type { Look, Sample } from '../trace/trace.ts';

/** What looks tell about how long one sampled buffer was held: longer than `least`, and at most `most` ms. */
export interface Observation {
  readonly least: number;
  /** Infinite if it was still reachable when last looked for, or never looked for. */
  readonly most: number;
  /** How many bytes it stands for. */
  readonly bytes: number;
}

/** A look finds a buffer reachable or gone, so what is known of its end is the look before and the look after. */
export function observe(sample: Sample, looks: readonly Look[]): Observation {
  const { t, goneAt, bytes, weight } = sample;
  const next = goneAt === undefined ? looks.length : firstLookAt(looks, goneAt);
  const before = looks[next - 1];
  const least = before !== undefined && before.t > t ? before.t - t : 0;
  const most = goneAt === undefined ? Infinity : Math.max(goneAt - t, least);
  return { least, most, bytes: bytes * weight };
}

/** The index of the first look at that time or later. */
export function firstLookAt(looks: readonly Look[], t: number): number {
  let [low, high] = [0, looks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((looks[middle] as Look).t < t) low = middle + 1;
    else high = middle;
  }
  return low;
}
