import { printable } from '../../core/text.ts';
import { labVersion } from '../../core/version.ts';
import { type LookedAt, reachableAt, reachableAtLooks } from '../lifetimes/reachable.ts';
import { PROFILE_VERSION, type Profile } from '../profile-format.ts';
import { groupBySite } from '../sites/group.ts';
import type { Recording } from '../trace/read-traces.ts';
import { notesOn } from './notes.ts';
import { describeSites } from './site-figures.ts';
import { describeStacks } from './stack-figures.ts';
import { summarize } from './summary.ts';
import { summarySentence } from './summary-sentence.ts';
import { describeApis, describeThreads } from './thread-figures.ts';
import { describeTimeline } from './timeline.ts';
import { describeUnattributed } from './unattributed.ts';

// Of the command, which may hold a whole program.
const MOST_WORDS = 500;
const LONGEST_WORD = 2_000;

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
    command: command.slice(0, MOST_WORDS).map((word) => printable(word.slice(0, LONGEST_WORD))),
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

function peakOf(looks: readonly LookedAt[]): LookedAt | undefined {
  let peak: LookedAt | undefined;
  for (const look of looks) {
    if (peak === undefined || look.reachable.bytes > peak.reachable.bytes) peak = look;
  }
  return peak;
}
