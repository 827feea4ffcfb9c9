/** The middle one; of an even number, the mean of the two. */
export function median(numbers: readonly number[]): number {
  return quantile(
    numbers.toSorted((a, b) => a - b),
    0.5,
  );
}

function quantile(sorted: readonly number[], part: number): number {
  const at = Math.min(Math.max(part, 0), 1) * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)] as number, sorted[Math.ceil(at)] as number];
  return below + (above - below) * (at - Math.floor(at));
}

export interface Slope {
  readonly slope: number;
  /** The limits between which it lies with 95%. */
  readonly low: number;
  readonly high: number;
}

/**
 * The slope of a line through points, by Theil and Sen: the median of the slopes between all pairs, so that single
 * peaks count little. The limits are Sen's, from the variance of Kendall's statistic; they hold for
 * points that are independent, so let each be the median of a minute, not a sample of some seconds.
 */
export function theilSen(points: readonly { readonly x: number; readonly y: number }[]): Slope {
  const slopes = points
    .flatMap((a, index) => points.slice(index + 1).map((b) => (b.y - a.y) / (b.x - a.x)))
    .sort((a, b) => a - b);
  const n = points.length;
  const reach = 1.96 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const pairs = slopes.length;
  return {
    slope: quantile(slopes, 0.5),
    low: quantile(slopes, (pairs - reach) / 2 / pairs),
    high: quantile(slopes, (pairs + reach) / 2 / pairs),
  };
}
