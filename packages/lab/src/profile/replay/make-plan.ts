import { UsageError } from '../../core/errors.ts';
import { formatCount } from '../../core/units.ts';
import { Random } from '../../measure/random.ts';
import { ReplayPlan } from '../../workloads/replay-plan.ts';
import { Lifetimes } from '../lifetimes/lifetimes.ts';
import { type Observation, observe } from '../lifetimes/observations.ts';
import type { TracedSample } from '../sites/group.ts';
import type { Sample, Trace } from '../trace/trace.ts';
import { expand } from './expand.ts';

/** Buffers of one site, or of what belongs to none. */
export interface PlannedGroup {
  readonly members: readonly TracedSample[];
  readonly isRecycled: boolean;
}

/** More would not fit beside what is measured. */
const MOST_ALLOCATIONS = 2_000_000;

/** One allocation: when it is made, when it is let go of. */
interface Allocation {
  readonly made: number;
  readonly gone: number;
  /** Below 0 where the program goes on to allocate itself. */
  readonly size: number;
}

/**
 * Turns samples into the allocations that they stand for, each held for a time drawn from what looks tell of it or of
 * its like.
 *
 * @param startedAt the time 0 of the plan, as `timeOrigin` has it
 */
export function makePlan(
  groups: readonly PlannedGroup[],
  startedAt: number,
  seed: number,
): ReplayPlan {
  const random = new Random(seed);
  const allocations: Allocation[] = [];
  for (const { trace, samples } of seriesOf(groups)) {
    const offset = trace.head.timeOrigin - startedAt;
    for (const { t, sample } of expand(samples, trace, random)) {
      const { seen, lifetimes, isRecycled, bytes } = sample;
      const made = offset + t;
      const size = isRecycled ? bytes : -bytes;
      allocations.push({ made, gone: made + lifetimes.draw(seen, random), size });
      if (allocations.length > MOST_ALLOCATIONS) {
        throw new UsageError(
          `Expected a trace of at most ${formatCount(MOST_ALLOCATIONS)} allocations; profile the program for a shorter time`,
        );
      }
    }
  }
  return planOf(allocations);
}

/** The samples of one thread that were allocated in the same way, whichever their sites. */
interface Series {
  readonly trace: Trace;
  readonly samples: Known[];
}

/** A sample, and what is known of how long it and its like were held. */
interface Known extends Sample {
  readonly seen: Observation;
  readonly lifetimes: Lifetimes;
  readonly isRecycled: boolean;
}

function seriesOf(groups: readonly PlannedGroup[]): Iterable<Series> {
  const series = new Map<string, Series>();
  for (const { members, isRecycled } of groups) {
    const lifetimes = new Lifetimes(
      members.map(({ sample, trace }) => observe(sample, trace.looks)),
    );
    for (const { sample, trace } of members) {
      const key = `${trace.head.pid} ${trace.head.thread} ${sample.api}`;
      const own = series.get(key) ?? { trace, samples: [] };
      const seen = observe(sample, trace.looks);
      own.samples.push({ ...sample, seen, lifetimes, isRecycled });
      series.set(key, own);
    }
  }
  for (const { samples } of series.values()) samples.sort((a, b) => a.t - b.t);
  return series.values();
}

/** In order of time. A slot is used again as soon as it is empty. */
function planOf(allocations: readonly Allocation[]): ReplayPlan {
  const steps = allocations.flatMap(({ made, gone }, index) =>
    gone === Infinity
      ? [{ time: made, index, isGet: true }]
      : [
          { time: made, index, isGet: true },
          { time: gone, index, isGet: false },
        ],
  );
  // What is held for no time is made first.
  steps.sort((a, b) => a.time - b.time || Number(b.isGet) - Number(a.isGet));
  const numbers = new Float64Array(3 * steps.length);
  const slots = new Int32Array(allocations.length);
  const empty: number[] = [];
  let used = 0;
  for (const [at, { time, index, isGet }] of steps.entries()) {
    if (isGet) slots[index] = empty.pop() ?? used++;
    const slot = slots[index] as number;
    numbers.set([time, isGet ? (allocations[index] as Allocation).size : 0, slot], 3 * at);
    if (!isGet) empty.push(slot);
  }
  return new ReplayPlan(numbers);
}
