import { UsageError } from '../../core/errors.ts';
import { formatCount } from '../../core/units.ts';
import { Random } from '../../measure/random.ts';
import { ReplayPlan } from '../../workloads/replay-plan.ts';
import { Lifetimes } from '../lifetimes/lifetimes.ts';
import { type Observation, observe } from '../lifetimes/observations.ts';
import type { TracedSample } from '../sites/group.ts';

/** Buffers of one site, or of what belongs to none. */
export interface PlannedGroup {
  readonly members: readonly TracedSample[];
  readonly isRecycled: boolean;
}

/** More would not fit beside what is measured. */
const MOST_ALLOCATIONS = 2_000_000;
// Samples on either side, within which what a sample stands for was made, and of whose lifetimes it has one.
const SPREAD = 4;
const NEARBY = 16;

/** One allocation: when it is made, when it is let go of. */
interface Allocation {
  readonly made: number;
  readonly gone: number;
  /** Below 0 where the program goes on to allocate itself. */
  readonly size: number;
}

/**
 * Turns samples into the allocations that they stand for: as many as the weight says, made about then, each held for a
 * time drawn from what looks tell of it or of its like.
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
  for (const group of groups) {
    for (const allocation of allocationsOf(group, startedAt, random)) {
      allocations.push(allocation);
      if (allocations.length > MOST_ALLOCATIONS) {
        throw new UsageError(
          `Expected a trace of at most ${formatCount(MOST_ALLOCATIONS)} allocations; profile the program for a shorter time`,
        );
      }
    }
  }
  return planOf(allocations);
}

function* allocationsOf(
  { members, isRecycled }: PlannedGroup,
  startedAt: number,
  random: Random,
): Generator<Allocation> {
  const known = members.map(({ sample, trace }) => observe(sample, trace.looks));
  const lifetimes = new Lifetimes(known);
  const traces = new Set(members.map(({ trace }) => trace));
  for (const trace of traces) {
    const samples = members.flatMap((member) => (member.trace === trace ? member.sample : []));
    samples.sort((a, b) => a.t - b.t);
    const seen = samples.map((sample) => observe(sample, trace.looks));
    const offset = trace.head.timeOrigin - startedAt;
    for (const [at, { t, bytes, weight }] of samples.entries()) {
      // What a sample stands for came one by one, and not all of it between the sample before and this one.
      const from = samples[Math.max(at - SPREAD, 0)]?.t ?? t;
      const to = samples[Math.min(at + SPREAD, samples.length - 1)]?.t ?? t;
      const count = wholeOf(weight, random);
      for (let copy = 0; copy < count; copy++) {
        const made = offset + (copy === 0 ? t : from + random.next() * (to - from));
        const like = copy === 0 ? at : nearby(at, samples.length, random);
        const held = lifetimes.draw(seen[like] as Observation, random);
        yield { made, gone: made + held, size: isRecycled ? bytes : -bytes };
      }
    }
  }
}

/**
 * The index of a sample nearby in time. What a sample stands for was not all held for as long as that one was: a
 * thousand buffers would come and go together.
 */
function nearby(at: number, count: number, random: Random): number {
  const index = at - NEARBY + random.integer(2 * NEARBY + 1);
  return Math.min(Math.max(index, 0), count - 1);
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
