import type { Candidate } from '../candidates/candidate.ts';
import { lendsBytes } from '../candidates/opening.ts';
import { type Misuse, misuses, type Outcome } from '../measure/safety.ts';
import type { Run } from '../results.ts';
import { performApart } from './processes.ts';
import type { Progress } from './timing.ts';

/** What everybody that recycles does when it is misused. */
export async function trySafety(
  node: string,
  candidates: readonly Candidate[],
  progress: Progress,
): Promise<Run['safeties']> {
  const rows: Run['safeties'][number][] = [];
  const recycling = candidates.filter((each) => lendsBytes(each) && each.kind !== 'platform');
  for (const { name, kind } of recycling) {
    progress(`safety of ${name}`);
    const outcomes: Partial<Record<Misuse, Outcome>> = {};
    for (const misuse of Object.keys(misuses) as Misuse[]) {
      const outcome = await performApart(node, { kind: 'safety', candidate: name, misuse });
      outcomes[misuse] = 'answer' in outcome ? outcome.answer : `fails: ${outcome.failure}`;
    }
    rows.push({ candidate: name, kind, outcomes: outcomes as Record<Misuse, Outcome> });
  }
  return rows;
}
