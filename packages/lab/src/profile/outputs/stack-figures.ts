import { tallyOf } from '../estimate.ts';
import type { Frame, Profile, Stack } from '../profile-format.ts';
import type { Grouped, StackGroup, TracedSample } from '../sites/group.ts';
import type { Recording } from '../trace/read-traces.ts';
import type { Sample } from '../trace/trace.ts';

/** The stacks with their figures, and the table of the frames that they name. */
export function describeStacks(
  { sites, stacks }: Grouped,
  { startedAt }: Recording,
  atPeak: ReadonlySet<Sample>,
  stepMs: number,
): Pick<Profile, 'frames' | 'stacks'> {
  const ids = new Map<StackGroup, number>();
  for (const [index, site] of sites.entries()) {
    for (const stack of site.stacks) ids.set(stack, index + 1);
  }
  const frames: Frame[] = [];
  const known = new Map<string, number>();
  const indexOf = (frame: Frame): number => {
    const key = JSON.stringify(frame);
    const index = known.get(key) ?? frames.push(frame) - 1;
    known.set(key, index);
    return index;
  };
  const described = stacks.map((stack): Stack => {
    const samples = stack.members.map(({ sample }) => sample);
    const [all, held] = [tallyOf(samples), tallyOf(samples.filter((each) => atPeak.has(each)))];
    return {
      site: ids.get(stack) ?? null,
      api: stack.api,
      frames: stack.frames.map(indexOf),
      opened: stack.opened,
      allocations: Math.round(all.allocations),
      bytes: Math.round(all.bytes),
      samples: all.samples,
      peakAllocations: Math.round(held.allocations),
      peakBytes: Math.round(held.bytes),
      columns: columnsOf(stack.members, startedAt, stepMs),
    };
  });
  return { frames, stacks: described.sort((a, b) => b.bytes - a.bytes) };
}

function columnsOf(
  members: readonly TracedSample[],
  startedAt: number,
  stepMs: number,
): Stack['columns'] {
  const columns = new Map<number, number>();
  for (const { sample, trace } of members) {
    const column = Math.floor((trace.head.timeOrigin - startedAt + sample.t) / stepMs);
    columns.set(column, (columns.get(column) ?? 0) + sample.bytes * sample.weight);
  }
  return [...columns]
    .sort(([a], [b]) => a - b)
    .map(([column, bytes]) => [column, Math.round(bytes)] as const);
}
