import { bareList } from '../candidates/bare.ts';
import type { Candidate } from '../candidates/candidate.ts';
import { isMeasuredIn, lendsBytes, needsSizeClasses } from '../candidates/opening.ts';
import type { Sized } from '../measure/sized.ts';
import type { Plan } from '../plan.ts';
import type { SizedRow } from '../results.ts';
import { performInChild } from './in-child.ts';
import type { Progress } from './time-scenario.ts';

/** Runs the lab's workload `sized` with each candidate as its strategy. */
export async function runSized(
  node: string,
  candidates: readonly Candidate[],
  plan: Plan,
  progress: Progress,
): Promise<SizedRow[]> {
  if (plan.sizedRounds === 0) return [];
  const admitted = candidates.filter(canBeStrategy);
  const rounds = new Map<Candidate, Sized[]>(admitted.map((each) => [each, []]));
  const failures = new Map<Candidate, string>();
  for (let round = 0; round < plan.sizedRounds; round++) {
    progress(`sized, round ${round + 1} of ${plan.sizedRounds}`);
    for (const each of round % 2 === 0 ? admitted : admitted.toReversed()) {
      if (failures.has(each)) continue;
      const outcome = await performInChild(node, { kind: 'sized', candidate: each.name });
      if ('answer' in outcome) rounds.get(each)?.push(outcome.answer);
      else failures.set(each, outcome.failure);
    }
  }
  return admitted.map((each): SizedRow => {
    const { name: candidate, kind } = each;
    const failure = failures.get(each);
    const found = { sizeClassed: needsSizeClasses(each), rounds: rounds.get(each) ?? [] };
    return { candidate, kind, ...found, ...(failure === undefined ? {} : { failure }) };
  });
}

/** The lab's strategies are synchronous and lend any size. */
function canBeStrategy(candidate: Candidate): boolean {
  const isSynchronous = lendsBytes(candidate) && !candidate.isAsync;
  return isSynchronous && candidate.name !== bareList.name && isMeasuredIn(candidate, 'sized');
}
