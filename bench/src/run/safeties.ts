import { cpus } from 'node:os';
import type { Candidate } from '../candidates/candidate.ts';
import { lendsBytes } from '../candidates/opening.ts';
import { type Misuse, misuses, type Outcome } from '../measure/safety.ts';
import type { Run } from '../results.ts';
import { inLanes } from './lanes.ts';
import { performApart } from './processes.ts';
import type { Progress } from './timing.ts';

/** What everybody that recycles does when it is misused: each misuse in a process of its own. */
export function trySafety(
  node: string,
  candidates: readonly Candidate[],
  progress: Progress,
): Promise<Run['safeties']> {
  const recycling = candidates.filter(
    (each) => lendsBytes(each) && each.kind !== 'platform' && each.only === undefined,
  );
  return inLanes(cpus().length, recycling, async ({ name: candidate, kind }) => {
    progress(`safety of ${candidate}`);
    const outcomes: Partial<Record<Misuse, Outcome>> = {};
    for (const misuse of Object.keys(misuses) as Misuse[]) {
      const outcome = await performApart(node, { kind: 'safety', candidate, misuse });
      outcomes[misuse] = 'answer' in outcome ? outcome.answer : `fails: ${outcome.failure}`;
    }
    return { candidate, kind, outcomes: outcomes as Record<Misuse, Outcome> };
  });
}
