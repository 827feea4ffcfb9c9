import { freemem } from 'node:os';
import type { Candidate } from '../candidates/candidate.ts';
import { lendsBytes } from '../candidates/opening.ts';
import { BURST } from '../measure/silence.ts';
import type { Run } from '../results.ts';
import { MiB } from '../units.ts';
import { inLanes } from './lanes.ts';
import type { Plan } from './plan.ts';
import { performApart } from './processes.ts';
import type { Progress } from './timing.ts';

/** What a process may come to hold while it is measured: the burst once more, and Node itself. */
const NEEDED = 2 * BURST * MiB;

/**
 * What stays resident in silence. Several processes are silent at a time: they do not disturb each
 * other, as long as memory is not short.
 */
export function measureSilences(
  node: string,
  candidates: readonly Candidate[],
  { moments }: Plan,
  progress: Progress,
): Promise<Run['silences']> {
  const recycling = candidates.filter((each) => lendsBytes(each) && each.only === undefined);
  const lanes = Math.min(12, Math.max(1, Math.floor(freemem() / 2 / NEEDED)));
  return inLanes(lanes, recycling, async ({ name: candidate, kind }) => {
    progress(`silence of ${candidate}`);
    const outcome = await performApart(node, { kind: 'silence', candidate, moments });
    const found = 'answer' in outcome ? { silence: outcome.answer } : outcome;
    return { candidate, kind, ...found };
  });
}
