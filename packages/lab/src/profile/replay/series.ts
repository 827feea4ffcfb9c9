import type { Step } from '../../workloads/replay-plan.ts';
import type { TracedSample } from '../sites/group.ts';
import type { Sample, Trace } from '../trace/trace.ts';
import { countedWeights, countedWindows } from './counted.ts';

/** Buffers of one site, or of what belongs to none. */
export interface PlannedGroup {
  readonly members: readonly TracedSample[];
  /** What becomes of each where the program recycles. */
  readonly step: Step;
}

/** The samples of one thread that were allocated in the same way, whichever their sites. */
export interface Series {
  readonly trace: Trace;
  /** In the order of time. */
  readonly samples: readonly GroupedSample[];
}

export interface GroupedSample extends Sample {
  readonly group: PlannedGroup;
}

export function seriesOf(groups: readonly PlannedGroup[]): Series[] {
  const all = groups.flatMap((group) =>
    group.members.map(({ sample, trace }) => ({ trace, sample: { ...sample, group } })),
  );
  return inSeries(all).map((members) => {
    const [{ trace, sample }] = members as [(typeof members)[number]];
    const samples = members.map((each) => each.sample);
    // How often samples are drawn is chance, and what was counted is not.
    const counts = countedWeights(samples, countedWindows(trace, sample.api));
    return {
      trace,
      samples: samples.map((each, at) => ({ ...each, weight: counts[at] as number })),
    };
  });
}

/** By thread and way of allocating, each in the order of time. */
function inSeries<M extends TracedSample>(members: readonly M[]): M[][] {
  const series = new Map<string, M[]>();
  for (const member of members) {
    const { trace, sample } = member;
    const key = `${trace.head.pid} ${trace.head.thread} ${sample.api}`;
    const own = series.get(key);
    if (own === undefined) series.set(key, [member]);
    else own.push(member);
  }
  for (const own of series.values()) own.sort((a, b) => a.sample.t - b.sample.t);
  return [...series.values()];
}
