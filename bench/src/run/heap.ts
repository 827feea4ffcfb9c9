import type { Candidate } from '../candidates/candidate.ts';
import { isMeasuredIn } from '../candidates/opening.ts';
import { hasCountedHeap } from '../measure/heap.ts';
import type { HeapRow } from '../results.ts';
import { performInChild } from './in-child.ts';
import type { Progress } from './time-scenario.ts';

/** Counts what a get and a give allocate on the JavaScript heap. Counts do not vary, so one process each is enough. */
export async function countHeap(
  node: string,
  candidates: readonly Candidate[],
  progress: Progress,
): Promise<HeapRow[]> {
  const rows: HeapRow[] = [];
  const admitted = candidates.filter((each) => hasCountedHeap(each) && isMeasuredIn(each, 'heap'));
  for (const { name: candidate, kind, lends } of admitted) {
    progress(`heap of ${candidate}`);
    const outcome = await performInChild(node, { kind: 'heap', candidate });
    const found = 'answer' in outcome ? { bytes: outcome.answer } : outcome;
    rows.push({ candidate, kind, lends, ...found });
  }
  return rows;
}
