import { UsageError } from '../../core/errors.ts';
import { formatCount } from '../../core/units.ts';
import { Random } from '../../measure/random.ts';
import { ReplayPlan, STEPS, type Step } from '../../workloads/replay-plan.ts';
import type { Observation } from '../lifetimes/observations.ts';
import type { Sample, Trace } from '../trace/trace.ts';
import { type Expanded, expand } from './expand.ts';
import { Filling } from './filling.ts';
import { type HeldTimes, heldTimesOf, observeBy } from './held-times.ts';
import { excessOver, type Held, heldWithin } from './held-within.ts';
import type { Reading } from './recorded-memory.ts';
import { type GroupedSample, type PlannedGroup, seriesOf } from './series.ts';

/** More would not fit beside what is measured. */
const MOST_ALLOCATIONS = 2_000_000;

interface Allocation extends Held {
  readonly step: Step;
}

/** What is known of a process as a whole. */
export interface KnownProcess {
  /** The time 0 of the plan, as `timeOrigin` has it. */
  readonly startedAt: number;
  /** Milliseconds: full collections, which left the program less garbage than it would have had. */
  readonly looks: readonly number[];
  /** What V8 said of its array buffers. */
  readonly readings: readonly Reading[];
}

/**
 * Turns samples into the allocations that they stand for, each held for a time that fits what looks tell of it or of
 * its like.
 */
export function makePlan(
  groups: readonly PlannedGroup[],
  { startedAt, looks, readings }: KnownProcess,
  seed: number,
): ReplayPlan {
  const random = new Random(seed);
  const allocations: Allocation[] = [];
  for (const [group, made] of madeIn(groups, random)) {
    const withEnds = (held: HeldTimes): Allocation[] => allocationsOf(made, held, startedAt);
    const held = heldTimesOf(group.members, timesIn(made), (each) =>
      excessOver(withEnds(each), readings),
    );
    for (const each of withEnds(held)) allocations.push(each);
  }
  return planOf(heldWithin(allocations, readings), looks);
}

function allocationsOf(made: readonly Made[], held: HeldTimes, startedAt: number): Allocation[] {
  const seen = new Map<Sample, Observation>();
  return made.map(({ trace, t, sample, rank }) => {
    const clock = held.clockOf(trace);
    const observed = seen.get(sample) ?? observeBy(clock, sample, trace);
    seen.set(sample, observed);
    const start = clock.at(t);
    const offset = trace.head.timeOrigin - startedAt;
    return {
      made: offset + t,
      gone: offset + clock.when(start + held.lifetimes.timeAt(rank, observed)),
      earliest: offset + clock.when(start + observed.least),
      step: sample.group.step,
      bytes: sample.bytes,
    };
  });
}

interface Made extends Expanded<GroupedSample> {
  readonly trace: Trace;
}

/** The allocations of each group, those of a thread and an API in the order of time. */
function madeIn(groups: readonly PlannedGroup[], random: Random): Map<PlannedGroup, Made[]> {
  const all = new Map<PlannedGroup, Made[]>();
  let count = 0;
  for (const { trace, samples } of seriesOf(groups)) {
    for (const each of expand(samples, trace, random)) {
      const { group } = each.sample;
      const own = all.get(group);
      if (own === undefined) all.set(group, [{ ...each, trace }]);
      else own.push({ ...each, trace });
      if (++count > MOST_ALLOCATIONS) {
        throw new UsageError(
          `Expected a trace of at most ${formatCount(MOST_ALLOCATIONS)} allocations; profile the program for a shorter time`,
        );
      }
    }
  }
  return all;
}

function timesIn(made: readonly Made[]): (trace: Trace) => number[] {
  const times = new Map<Trace, number[]>();
  for (const { trace, t } of made) {
    const own = times.get(trace);
    if (own === undefined) times.set(trace, [t]);
    else own.push(t);
  }
  for (const own of times.values()) own.sort((a, b) => a - b);
  return (trace) => times.get(trace) ?? [];
}

/** A step before its slot is known. */
interface Event {
  readonly ms: number;
  readonly step: Step;
  /** `undefined` for a look. */
  readonly allocation?: Allocation;
}

/** What is held for no time is made first, and a look finds what is left. */
const ORDER: readonly Step[] = [
  STEPS.fill,
  STEPS.get,
  STEPS.join,
  STEPS.make,
  STEPS.pass,
  STEPS.letGo,
  STEPS.collect,
];

/** In order of time. A slot is used again as soon as it is empty. */
function planOf(allocations: readonly Allocation[], looks: readonly number[]): ReplayPlan {
  const events = eventsOf(allocations, looks);
  const slots = new Map<Allocation, number>();
  const empty: number[] = [];
  let used = 0;
  return ReplayPlan.of(
    events.map(({ ms, step, allocation }) => {
      if (allocation === undefined) return [ms, step, 0, 0];
      const slot = slots.get(allocation) ?? empty.pop() ?? used++;
      slots.set(allocation, slot);
      if (step === STEPS.letGo) empty.push(slot);
      return [ms, step, step === STEPS.letGo ? 0 : allocation.bytes, slot];
    }),
  );
}

/** @param allocations in the order in which they were made */
function eventsOf(allocations: readonly Allocation[], looks: readonly number[]): Event[] {
  const events: Event[] = looks.map((ms) => ({ ms, step: STEPS.collect }));
  const filling = new Filling();
  for (const allocation of allocations) {
    const { made, gone, step } = allocation;
    if (step === STEPS.pass) filling.passed(gone - made);
    if (step === STEPS.join) {
      events.push({ ms: Math.max(made - filling.lasts(), 0), step: STEPS.fill, allocation });
    }
    events.push({ ms: made, step, allocation });
    if (gone !== Infinity) events.push({ ms: gone, step: STEPS.letGo, allocation });
  }
  return events.sort((a, b) => a.ms - b.ms || ORDER.indexOf(a.step) - ORDER.indexOf(b.step));
}
