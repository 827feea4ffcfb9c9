import { freemem } from 'node:os';
import type { Candidate } from '../candidates/candidate.ts';
import { lendsBytes } from '../candidates/opening.ts';
import { BURST } from '../measure/silence.ts';
import type { Run } from '../results.ts';
import { MiB } from '../units.ts';
import type { Plan } from './plan.ts';
import { performApart } from './processes.ts';
import type { Progress } from './timing.ts';

/** What a process may come to hold while it is measured: the burst once more, and Node itself. */
const NEEDED = 2 * BURST * MiB;

/**
 * What stays resident in silence. Several processes are silent at a time: they do not disturb each
 * other, as long as memory is not short.
 */
export async function measureSilences(
  node: string,
  candidates: readonly Candidate[],
  { moments }: Plan,
  progress: Progress,
): Promise<Run['silences']> {
  const waiting = candidates.filter(lendsBytes);
  const rows = new Map<Candidate, Run['silences'][number]>(
    waiting.map((candidate) => [candidate, { candidate: candidate.name, kind: candidate.kind }]),
  );
  const all = [...waiting];
  const lanes = Math.min(12, Math.max(1, Math.floor(freemem() / 2 / NEEDED)));
  const lane = async () => {
    for (let candidate = waiting.shift(); candidate !== undefined; candidate = waiting.shift()) {
      progress(`silence of ${candidate.name}`);
      const { name, kind } = candidate;
      const outcome = await performApart(node, { kind: 'silence', candidate: name, moments });
      const found = 'answer' in outcome ? { silence: outcome.answer } : outcome;
      rows.set(candidate, { candidate: name, kind, ...found });
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return all.map((candidate) => rows.get(candidate) as Run['silences'][number]);
}
