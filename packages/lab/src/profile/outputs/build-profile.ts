import { labVersion } from '../../core/version.ts';
import { rounded, Tally, tallyOf } from '../estimate.ts';
import { type LookedAt, reachableAt, reachableAtLooks } from '../lifetimes/reachable.ts';
import { PROFILE_VERSION, type Profile, type ProfileSummary } from '../profile-format.ts';
import { type Grouped, groupBySite } from '../sites/group.ts';
import type { Recording } from '../trace/read-traces.ts';
import type { Sample } from '../trace/trace.ts';
import { notesOn } from './notes.ts';
import { describeSites } from './site-figures.ts';
import { describeStacks } from './stack-figures.ts';
import { summarySentence } from './summary-sentence.ts';
import { describeApis, describeThreads } from './thread-figures.ts';
import { describeTimeline, peakResident } from './timeline.ts';
import { describeUnattributed } from './unattributed.ts';

/** What the traces do not tell. */
export interface ProfiledCommand {
  readonly command: readonly string[];
  readonly ended: Profile['ended'];
}

/** Everything that is to be said about a recording. */
export function buildProfile(recording: Recording, { command, ended }: ProfiledCommand): Profile {
  const grouped = groupBySite(recording);
  const looks = reachableAtLooks(recording);
  const peak = peakOf(looks);
  const atPeak = new Set(
    peak === undefined
      ? []
      : recording.traces.flatMap((trace) => reachableAt(trace, recording.startedAt, peak.ms)),
  );
  const sites = describeSites(grouped, recording, atPeak);
  const timeline = describeTimeline(recording, grouped, looks, sites.lifetimes);
  const summary = summarize(recording, grouped, peak, looks);
  const apis = describeApis(recording.traces);
  const { head } = recording.traces[0] as Recording['traces'][number];
  const { interval, minBytes, looks: looksSetting } = head;
  const whole = {
    giveback: 'profile',
    version: PROFILE_VERSION,
    lab: labVersion,
    command,
    startedAt: new Date(recording.startedAt).toISOString(),
    durationMs: Math.round(recording.durationMs),
    ended,
    settings: { interval, minBytes, looks: looksSetting },
    threads: describeThreads(recording),
    apis,
    sites: sites.figures,
    ...describeStacks(grouped, recording, atPeak, timeline.stepMs),
    timeline,
    unattributed: describeUnattributed(grouped, summary),
  } as const;
  const sentence = summarySentence({ ...whole, summary });
  return {
    ...whole,
    summary: { ...summary, sentence },
    notes: notesOn({ ...whole, summary: { ...summary, sentence } }),
  };
}

/** All but the sentence. */
export type Figures = Omit<ProfileSummary, 'sentence'>;

function summarize(
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

function peakOf(looks: readonly LookedAt[]): LookedAt | undefined {
  let peak: LookedAt | undefined;
  for (const look of looks) {
    if (peak === undefined || look.reachable.bytes > peak.reachable.bytes) peak = look;
  }
  return peak;
}
