import { median, type Slope, theilSen } from './robust.ts';
import type { Sample } from './settings.ts';

const MiB = 1024 * 1024;

/** What a soak has come to, memory in MiB. */
export interface Verdict {
  /** The median of resident memory. */
  readonly resident: number;
  /** Of resident memory, in an hour. */
  readonly slope: Slope;
  /** Median of the 99th percentile of the event loop's delay, ms. */
  readonly delayP99: number;
}

/** Of the samples after the first `warmUp` seconds. */
export function judge(samples: readonly Sample[], warmUp: number): Verdict {
  const after = samples.filter(({ second }) => second > warmUp);
  return {
    resident: median(after.map(({ rss }) => rss / MiB)),
    slope: theilSen(minutes(after)),
    delayP99: median(after.map(({ delayP99 }) => delayP99)),
  };
}

/** The median of each minute, over hours. */
function minutes(samples: readonly Sample[]): { x: number; y: number }[] {
  const byMinute = new Map<number, number[]>();
  for (const { second, rss } of samples) {
    const minute = Math.floor(second / 60);
    byMinute.set(minute, [...(byMinute.get(minute) ?? []), rss / MiB]);
  }
  return [...byMinute].map(([minute, rss]) => ({ x: minute / 60, y: median(rss) }));
}

/** How the two sides' delays compare where they were measured at the same time: the median of the ratios. */
export function delayRatio(
  recycled: readonly Sample[],
  plain: readonly Sample[],
  warmUp: number,
): number {
  const ratios = recycled.flatMap(({ second, delayP99 }, index) => {
    const other = plain[index]?.delayP99;
    return second > warmUp && other ? [delayP99 / other] : [];
  });
  return median(ratios);
}
