/** What several trials have measured: the median, and the range from the least to the most. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** @param numbers at least one */
export function spreadOf(numbers: readonly number[]): Spread {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
  return { median, least: sorted[0] as number, most: sorted.at(-1) as number };
}

/** Whether the whole of a range is below another. Where ranges meet, the difference of their medians may be chance. */
export function isBelow(one: Spread, other: Spread): boolean {
  return one.most < other.least;
}

/** `1.06–1.11×`, `253–268 MB`, or nothing if both ends look the same. `format` says how a number looks. */
export function formatRange(
  { least, most }: Spread,
  format: (number: number) => string,
): string | undefined {
  const [from, to] = [format(least), format(most)];
  if (from === to) return undefined;
  const unit = unitOf(to);
  return `${unitOf(from) === unit ? from.slice(0, from.length - unit.length) : from}–${to}`;
}

/** What stands behind the number: ` MB`, `×`. */
function unitOf(text: string): string {
  return /[^\d]*$/.exec(text)?.[0] ?? '';
}
