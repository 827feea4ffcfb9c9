import { type Row, type TrialResult, WORKLOADS } from './trials.ts';

/** A row's ratio and time over all workloads: geometric means, the time beside that of `base`. */
export interface Means {
  readonly ratio: number;
  readonly p50: number;
  readonly p99: number;
}

export function meansOf(row: Row, base: Row): Means {
  const mean = (of: (workload: string) => number): number =>
    Math.exp(WORKLOADS.reduce((sum, name) => sum + Math.log(of(name)), 0) / WORKLOADS.length);
  const beside = (of: (result: TrialResult) => number) => (name: string) =>
    of(resultOf(row, name)) / of(resultOf(base, name));
  return {
    ratio: mean((name) => resultOf(row, name).ratio),
    p50: mean(beside(({ p50 }) => p50)),
    p99: mean(beside(({ p99 }) => p99)),
  };
}

export function resultOf(row: Row, workload: string): TrialResult {
  return row.results[workload] as TrialResult;
}

/** The points that no other beats in both respects, from the leanest to the quickest. */
export function frontierOf<T>(
  points: readonly T[],
  ratio: (point: T) => number,
  time: (point: T) => number,
): T[] {
  const leanestFirst = points.toSorted((a, b) => ratio(a) - ratio(b) || time(a) - time(b));
  let best = Infinity;
  return leanestFirst.filter((point) => {
    if (time(point) >= best) return false;
    best = time(point);
    return true;
  });
}
