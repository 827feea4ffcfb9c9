import { cpus } from 'node:os';
import { concurrently } from 'giveback-lab/measure';
import type { Candidate } from '../candidates/candidate.ts';
import { isMeasuredIn, lendsBytes } from '../candidates/opening.ts';
import { type Misuse, misuses } from '../measure/misuses.ts';
import type { Outcomes } from '../measure/safety.ts';
import type { SafetyRow } from '../results.ts';
import { performInChild } from './in-child.ts';
import type { Progress } from './time-scenario.ts';

/** How many misuses giveback's candidates go through. */
export const MISUSES = 10_000;

/** Misuses every candidate that recycles. */
export function trySafety(
  node: string,
  candidates: readonly Candidate[],
  progress: Progress,
): Promise<SafetyRow[]> {
  const recycling = candidates.filter(
    (each) => lendsBytes(each) && each.lends !== 'new' && isMeasuredIn(each, 'safety'),
  );
  return concurrently(recycling.length, cpus().length, (index) => {
    const candidate = recycling[index] as Candidate;
    progress(`safety of ${candidate.name}`);
    return candidate.kind === 'giveback' ? tryMany(node, candidate) : tryEach(node, candidate);
  });
}

/** Tries many misuses of one pool, as giveback's must stand each whatever went before. */
async function tryMany(node: string, { name, kind }: Candidate): Promise<SafetyRow> {
  const task = { kind: 'misuses', candidate: name, count: MISUSES } as const;
  const outcome = await performInChild(node, task);
  if ('failure' in outcome) return { candidate: name, kind, outcomes: {}, ...outcome };
  return { candidate: name, kind, outcomes: outcome.answer };
}

/** Tries each misuse once, in a process of its own, as it may break the pool. */
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
