import type { Run } from '../results.ts';
import { committedRatio } from './committed.ts';
import { summarise } from './summary.ts';
import { ratioInWords } from './words.ts';

/** A ratio that is worse than the committed one by at most this part counts as noise. */
export const TOLERANCE = 0.3;

export interface Regression {
  readonly node: string;
  readonly scenario: string;
  readonly candidate: string;
  readonly ratio: number;
  readonly committed: number;
}

/** The ratios to the limit that are worse than the committed ones by more than the tolerance. */
export function regressionsIn(
  runs: readonly Run[],
  committedFor: typeof committedRatio = committedRatio,
): Regression[] {
  return runs.flatMap(({ node, timings }) =>
    timings.flatMap(({ scenario, rows }) =>
      rows.flatMap((row): Regression[] => {
        const { candidate } = row;
        const committed = committedFor(node, scenario, candidate);
        const ratio = summarise(row)?.ratio.median;
        if (committed === undefined || ratio === undefined) return [];
        const worse = ratio > committed * (1 + TOLERANCE);
        return worse ? [{ node, scenario, candidate, ratio, committed }] : [];
      }),
    ),
  );
}

export function describe({ node, scenario, candidate, ratio, committed }: Regression): string {
  return `${candidate} in ${scenario} on Node ${node}: ${ratioInWords(ratio)} the limit, committed are ${ratioInWords(committed)}`;
}
