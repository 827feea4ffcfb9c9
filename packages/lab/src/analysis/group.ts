import type { Run, Trial } from '../results/run.ts';
import type { TrialSummary } from '../results/trial-summary.ts';
import { type Spread, spreadOf } from './spread.ts';

export type Finished = Trial & { readonly summary: TrialSummary };

/** All trials of one strategy on one runtime. */
export interface Group {
  readonly strategy: string;
  readonly runtime: Trial['runtime'];
  readonly trials: readonly Trial[];
  readonly finished: readonly Finished[];
}

/** The groups of a run, in the order in which their first trials ran. */
export function groupsOf({ trials }: Pick<Run, 'trials'>): Group[] {
  const groups = new Map<string, Trial[]>();
  for (const trial of trials) {
    const key = JSON.stringify([trial.runtime.asked, trial.strategy]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [trial]);
    else group.push(trial);
  }
  return [...groups.values()].map((each) => {
    const finished = each.filter(isFinished);
    // A trial that did not start does not know the runtime's version.
    const { strategy, runtime } = (finished[0] ?? each[0]) as Trial;
    return { strategy, runtime, trials: each, finished };
  });
}

/** A figure of all finished trials of a group, of which there is one at least. */
export function figureOf(group: Group, figure: (summary: TrialSummary) => number): Spread {
  return spreadOf(group.finished.map(({ summary }) => figure(summary)));
}

/** The trial in the middle by peak resident memory, which stands for its group in pictures. */
export function middleTrial({ finished, trials }: Group): Trial {
  const sorted = finished.toSorted(
    (a, b) => a.summary.peakResidentBytes - b.summary.peakResidentBytes,
  );
  return sorted[(sorted.length - 1) >> 1] ?? (trials[0] as Trial);
}

function isFinished(trial: Trial): trial is Finished {
  return trial.summary !== null;
}
