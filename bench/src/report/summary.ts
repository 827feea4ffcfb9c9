import type { Sized } from '../measure/sized.ts';
import type { SizedRow, TimingRow } from '../results.ts';

/** A figure that was measured several times: its median and its quartiles. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, two) => one - two);
  return { median: at(sorted, 0.5), low: at(sorted, 0.25), high: at(sorted, 0.75) };
}

export function medianOf(values: readonly number[]): number {
  return spreadOf(values).median;
}

/** The distance of the quartiles as a part of the median. */
export function relative({ median, low, high }: Spread): number {
  return (high - low) / median;
}

/** The quantile of `part`, interpolated between neighbours. */
function at(sorted: readonly number[], part: number): number {
  const position = (sorted.length - 1) * part;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

/** The figures of a row. */
export interface RowSummary {
  readonly time: Spread;
  readonly ratio: Spread;
  readonly collecting: number;
  readonly heapBytes: number;
  readonly peakBytes: number;
}

/** The figures of a row; `undefined` if the candidate was never measured to the end. */
export function summarise({ samples, ratios }: TimingRow): RowSummary | undefined {
  if (samples.length === 0) return undefined;
  return {
    time: spreadOf(samples.map(({ nanoseconds }) => nanoseconds)),
    ratio: spreadOf(ratios),
    collecting: medianOf(samples.map(({ collecting }) => collecting)),
    heapBytes: medianOf(samples.map(({ heapBytes }) => heapBytes)),
    peakBytes: medianOf(samples.map(({ peakBytes }) => peakBytes)),
  };
}

/** The medians of the rounds. */
export function summariseSized({ rounds }: SizedRow): Sized | undefined {
  if (rounds.length === 0) return undefined;
  const median = (name: keyof Sized) => medianOf(rounds.map((round) => round[name]));
  return {
    peakRatio: median('peakRatio'),
    p50: median('p50'),
    p99: median('p99'),
    makes: median('makes'),
  };
}
