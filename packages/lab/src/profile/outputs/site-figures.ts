import { rounded, Tally, tallyOf } from '../estimate.ts';
import { heldFigures } from '../lifetimes/held.ts';
import { Lifetimes } from '../lifetimes/lifetimes.ts';
import { observe } from '../lifetimes/observations.ts';
import type { Site, Sizes } from '../profile-format.ts';
import type { Grouped, SiteGroup, TracedSample } from '../sites/group.ts';
import type { Recording } from '../trace/read-traces.ts';
import type { Sample } from '../trace/trace.ts';
import { adviceFor } from './advice.ts';

export interface DescribedSites {
  readonly figures: readonly Site[];
  /** Of each site, in the same order; `undefined` without looks. */
  readonly lifetimes: readonly (Lifetimes | undefined)[];
}

export function describeSites(
  { sites, stacks }: Grouped,
  recording: Recording,
  atPeak: ReadonlySet<Sample>,
): DescribedSites {
  const total = new Tally();
  for (const { members } of stacks) total.addTally(tally(members));
  const lifetimes = sites.map(({ members }) => lifetimesOf(members));
  const looked = recording.traces.some(({ looks }) => looks.length > 0);
  const figures = sites.map((site, index): Site => {
    const { kind, frame, package: from } = site.origin;
    const allocated = tally(site.members);
    const held = lifetimes[index];
    const site_ = {
      id: index + 1,
      name: frame.name,
      file: frame.file,
      line: frame.line,
      column: frame.column,
      kind,
      package: from,
      apis: apisOf(site),
      allocated: allocated.estimate(),
      share: rounded(allocated.bytes / total.bytes),
      allocations: Math.round(allocated.allocations),
      sizes: sizesOf(site.members),
      held: held === undefined ? null : heldFigures(held, recording.durationMs),
      atPeak: looked
        ? tally(site.members.filter(({ sample }) => atPeak.has(sample))).estimate()
        : null,
    };
    return { ...site_, advice: adviceFor(site_, innermostFile(site)) };
  });
  return { figures, lifetimes };
}

/** `undefined` if no look tells anything of them. */
function lifetimesOf(members: readonly TracedSample[]): Lifetimes | undefined {
  const observations = members
    .map(({ sample, trace }) => observe(sample, trace.looks))
    .filter(({ least, most }) => least > 0 || most < Infinity);
  return observations.length === 0 ? undefined : new Lifetimes(observations);
}

function tally(members: readonly TracedSample[]): Tally {
  return tallyOf(members.map(({ sample }) => sample));
}

function apisOf({ stacks }: SiteGroup): Site['apis'] {
  const bytes = new Map<string, number>();
  for (const { api, members } of stacks) {
    bytes.set(api, (bytes.get(api) ?? 0) + tally(members).bytes);
  }
  return [...bytes]
    .map(([name, sum]) => ({ name, bytes: Math.round(sum) }))
    .sort((a, b) => b.bytes - a.bytes);
}

/** The file of Node that allocates most for the site, if one does. */
function innermostFile({ stacks }: SiteGroup): string {
  let [most, file] = [0, ''];
  for (const { frames, members } of stacks) {
    const bytes = tally(members).bytes;
    if (bytes > most) [most, file] = [bytes, frames[0]?.file ?? ''];
  }
  return file;
}

function sizesOf(members: readonly TracedSample[]): Sizes {
  const samples = members.map(({ sample }) => sample).sort((a, b) => a.bytes - b.bytes);
  const total = tallyOf(samples).bytes;
  const quantile = (share: number): number => {
    let below = 0;
    for (const { bytes, weight } of samples) {
      below += bytes * weight;
      if (below >= share * total) return bytes;
    }
    return samples.at(-1)?.bytes ?? 0;
  };
  const histogram = new Map<number, number>();
  for (const { bytes, weight } of samples) {
    const upTo = 2 ** Math.ceil(Math.log2(bytes));
    histogram.set(upTo, (histogram.get(upTo) ?? 0) + bytes * weight);
  }
  return {
    min: samples[0]?.bytes ?? 0,
    p5: quantile(0.05),
    p50: quantile(0.5),
    p95: quantile(0.95),
    max: samples.at(-1)?.bytes ?? 0,
    histogram: [...histogram].map(([upTo, bytes]) => ({ upTo, bytes: Math.round(bytes) })),
  };
}
