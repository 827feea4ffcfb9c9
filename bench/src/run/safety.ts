import { cpus } from 'node:os';
import { concurrently } from 'giveback-lab/measure';
import type { Candidate } from '../candidates/candidate.ts';
import { lendsBytes, tellsIn } from '../candidates/opening.ts';
import { type Misuse, misuses } from '../measure/misuses.ts';
import type { Outcomes } from '../measure/safety.ts';
import type { SafetyRow } from '../results.ts';
import { performInChild } from './in-child.ts';
import type { Progress } from './time-scenario.ts';

/** How many misuses ours go through. */
export const MISUSES = 10_000;

/** What becomes of everybody that recycles when it is misused. */
export function trySafety(
  node: string,
  candidates: readonly Candidate[],
  progress: Progress,
): Promise<SafetyRow[]> {
  const recycling = candidates.filter(
    (each) => lendsBytes(each) && each.lends !== 'new' && tellsIn(each, 'safety'),
  );
  return concurrently(recycling.length, cpus().length, (index) => {
    const candidate = recycling[index] as Candidate;
    progress(`safety of ${candidate.name}`);
    return candidate.kind === 'giveback' ? tryMany(node, candidate) : tryEach(node, candidate);
  });
}

/** Ours must hold whatever went before. */
async function tryMany(node: string, { name, kind }: Candidate): Promise<SafetyRow> {
  const task = { kind: 'misuses', candidate: name, count: MISUSES } as const;
  const outcome = await performInChild(node, task);
  if ('failure' in outcome) return { candidate: name, kind, outcomes: {}, ...outcome };
  return { candidate: name, kind, outcomes: outcome.answer };
}

/** Others once, each misuse in a process of its own: after one they may be broken. */
async function tryEach(node: string, { name, kind }: Candidate): Promise<SafetyRow> {
  let outcomes: Outcomes = {};
  for (const misuse of Object.keys(misuses) as Misuse[]) {
    const outcome = await performInChild(node, { kind: 'misuse', candidate: name, misuse });
    const found = 'answer' in outcome ? outcome.answer : failed(misuse, outcome.failure);
    outcomes = { ...outcomes, ...found };
  }
  return { candidate: name, kind, outcomes };
}

function failed(misuse: Misuse, failure: string): Outcomes {
  return { [misuse]: { [`fails: ${failure}`]: 1 } };
}
