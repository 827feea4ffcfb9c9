import { rounded, Tally, tallyOf } from '../estimate.ts';
import type { LookedAt } from '../lifetimes/reachable.ts';
import type { ProfileSummary } from '../profile-format.ts';
import type { Grouped } from '../sites/group.ts';
import type { Recording } from '../trace/read-traces.ts';
import type { Sample } from '../trace/trace.ts';
import { peakResident } from './timeline.ts';

/** All but the sentence. */
export type Figures = Omit<ProfileSummary, 'sentence'>;

export function summarize(
  { traces, startedAt }: Recording,
  { sites }: Grouped,
  peak: LookedAt | undefined,
  looks: readonly LookedAt[],
): Figures {
  const allocated = tallyOf(traces.flatMap(({ samples }): readonly Sample[] => samples));
  const attributed = new Tally();
  for (const { members } of sites) for (const { sample } of members) attributed.add(sample);
  let [bytes, allocations, ownMs, ranMs] = [0, 0, 0, 0];
  const cpuMs = new Map<number, number>();
  for (const { totals, endMs, head } of traces) {
    ranMs += endMs;
    ownMs += totals?.ownMs ?? 0;
    // The CPU time is that of the process, whichever thread tells it.
    cpuMs.set(head.pid, Math.max(cpuMs.get(head.pid) ?? 0, totals?.cpuMs ?? 0));
    for (const [, of, count] of totals?.apis ?? []) {
      bytes += of;
      allocations += count;
    }
  }
  const cpu = [...cpuMs.values()].reduce((sum, ms) => sum + ms, 0);
  const tookMs = looks.reduce((sum, look) => sum + look.tookMs, 0);
  return {
    allocated: allocated.estimate(),
    counted: { bytes, allocations },
    attributedShare: allocated.bytes > 0 ? rounded(attributed.bytes / allocated.bytes) : 0,
    peak:
      peak === undefined ? null : { ms: Math.round(peak.ms), reachable: peak.reachable.estimate() },
    peakResidentBytes: peakResident(traces, startedAt),
    ownShare: cpu > 0 ? rounded(ownMs / cpu) : 0,
    looksShare: ranMs > 0 ? rounded(tookMs / ranMs) : 0,
  };
}
