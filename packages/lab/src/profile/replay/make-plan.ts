import { UsageError } from '../../core/errors.ts';
import { formatCount } from '../../core/units.ts';
import { Random } from '../../measure/random.ts';
import { ReplayPlan, STEPS, type Step } from '../../workloads/replay-plan.ts';
import { Lifetimes } from '../lifetimes/lifetimes.ts';
import { type Observation, observe } from '../lifetimes/observations.ts';
import type { TracedSample } from '../sites/group.ts';
import type { Sample, Trace } from '../trace/trace.ts';
import { expand } from './expand.ts';
import { type Held, heldWithin } from './held-within.ts';
import type { Reading } from './recorded-memory.ts';

/** Buffers of one site, or of what belongs to none. */
export interface PlannedGroup {
  readonly members: readonly TracedSample[];
  /** What becomes of each where the program recycles. */
  readonly step: Step;
}

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
 * Turns samples into the allocations that they stand for, each held for a time drawn from what looks tell of it or of
 * its like.
 */
export function makePlan(
  groups: readonly PlannedGroup[],
  { startedAt, looks, readings }: KnownProcess,
  seed: number,
): ReplayPlan {
  const random = new Random(seed);
  const allocations: Allocation[] = [];
  for (const { trace, samples } of seriesOf(groups)) {
    const offset = trace.head.timeOrigin - startedAt;
    for (const { t, sample } of expand(samples, trace, random)) {
      const { seen, lifetimes, step, bytes } = sample;
      const made = offset + t;
      const gone = made + lifetimes.draw(seen, random);
      allocations.push({ made, gone, earliest: made + seen.least, step, bytes });
      if (allocations.length > MOST_ALLOCATIONS) {
        throw new UsageError(
          `Expected a trace of at most ${formatCount(MOST_ALLOCATIONS)} allocations; profile the program for a shorter time`,
        );
      }
    }
  }
  return planOf(heldWithin(allocations, readings), looks);
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
  readonly step: Step;
}

function seriesOf(groups: readonly PlannedGroup[]): Iterable<Series> {
  const series = new Map<string, Series>();
  for (const { members, step } of groups) {
    const lifetimes = new Lifetimes(
      members.map(({ sample, trace }) => observe(sample, trace.looks)),
    );
    for (const { sample, trace } of members) {
      const key = `${trace.head.pid} ${trace.head.thread} ${sample.api}`;
      const own = series.get(key) ?? { trace, samples: [] };
      const seen = observe(sample, trace.looks);
      own.samples.push({ ...sample, seen, lifetimes, step });
      series.set(key, own);
    }
  }
  for (const { samples } of series.values()) samples.sort((a, b) => a.t - b.t);
  return series.values();
}

/** A step before its slot is known. */
interface Event {
  readonly ms: number;
  readonly step: Step;
  /** `undefined` for a look. */
  readonly allocation?: Allocation;
}

/** What is held for no time is made first, and a look finds what is left. */
const ORDER: readonly Step[] = [STEPS.get, STEPS.make, STEPS.pass, STEPS.letGo, STEPS.collect];

/** In order of time. A slot is used again as soon as it is empty. */
function planOf(allocations: readonly Allocation[], looks: readonly number[]): ReplayPlan {
  const events: Event[] = looks.map((ms) => ({ ms, step: STEPS.collect }));
  for (const allocation of allocations) {
    const { made, gone, step } = allocation;
    events.push({ ms: made, step, allocation });
    if (gone !== Infinity) events.push({ ms: gone, step: STEPS.letGo, allocation });
  }
  events.sort((a, b) => a.ms - b.ms || ORDER.indexOf(a.step) - ORDER.indexOf(b.step));
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
