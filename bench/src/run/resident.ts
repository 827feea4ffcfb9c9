import { freemem } from 'node:os';
import { concurrently, MiB } from 'giveback-lab/measure';
import type { Candidate } from '../candidates/candidate.ts';
import { isMeasuredIn, lendsBytes } from '../candidates/opening.ts';
import { BURST } from '../measure/resident.ts';
import type { Plan } from '../plan.ts';
import type { ResidentRow } from '../results.ts';
import { performInChild } from './in-child.ts';
import type { Progress } from './time-scenario.ts';

/** The most bytes that a process needs: those of the burst, and as many again. */
const NEEDED = 2 * BURST * MiB;

/**
 * Measures what stays resident after a burst. Several processes run at a time, as they do not disturb each other while
 * there is enough memory.
 */
export function measureResidents(
  node: string,
  candidates: readonly Candidate[],
  { moments }: Plan,
  progress: Progress,
): Promise<ResidentRow[]> {
  const admitted = candidates.filter((each) => lendsBytes(each) && isMeasuredIn(each, 'resident'));
  const atATime = Math.min(12, Math.max(1, Math.floor(freemem() / 2 / NEEDED)));
  return concurrently(admitted.length, atATime, async (index) => {
    const { name: candidate, kind } = admitted[index] as Candidate;
    progress(`what stays resident of ${candidate}`);
    const outcome = await performInChild(node, { kind: 'resident', candidate, moments });
    const found = 'answer' in outcome ? { resident: outcome.answer } : outcome;
    return { candidate, kind, ...found };
  });
}
