import { UsageError } from '../../core/errors.ts';
import { formatCount } from '../../core/units.ts';
import { Random } from '../../measure/random.ts';
import { ReplayPlan } from '../../workloads/replay-plan.ts';
import { Lifetimes } from '../lifetimes/lifetimes.ts';
import { observe } from '../lifetimes/observations.ts';
import type { TracedSample } from '../sites/group.ts';
import type { Trace } from '../trace/trace.ts';

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
 * Turns samples into the allocations that they stand for: as many as the weight says, between the sample before and this
 * one, each held for a time drawn from what looks tell of it and of its like.
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
  for (const { members, isRecycled } of groups) {
    const known = members.flatMap(({ sample, trace }) => observe(sample, trace.looks));
    const lifetimes = new Lifetimes(known);
    const before = new Map<Trace, number>();
    const inOrder = [...members].sort((a, b) => a.sample.t - b.sample.t);
    for (const { sample, trace } of inOrder) {
      const offset = trace.head.timeOrigin - startedAt;
      const previous = before.get(trace) ?? sample.t;
      before.set(trace, sample.t);
      const seen = observe(sample, trace.looks);
      const count = wholeOf(sample.weight, random);
      if (allocations.length + count > MOST_ALLOCATIONS) {
        throw new UsageError(
          `Expected a trace of at most ${formatCount(MOST_ALLOCATIONS)} allocations; profile the program for a shorter time`,
        );
      }
      for (let copy = 0; copy < count; copy++) {
        const t = copy === 0 ? sample.t : previous + random.next() * (sample.t - previous);
        const made = offset + t;
        const size = isRecycled ? sample.bytes : -sample.bytes;
        allocations.push({ made, gone: made + lifetimes.draw(seen, random), size });
      }
    }
  }
  return planOf(allocations);
}

/** 2.3 is 2 mostly, and sometimes 3. */
function wholeOf(weight: number, random: Random): number {
  return Math.floor(weight) + (random.next() < weight % 1 ? 1 : 0);
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
