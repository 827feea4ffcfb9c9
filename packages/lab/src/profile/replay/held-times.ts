import { Lifetimes } from '../lifetimes/lifetimes.ts';
import { type Observation, observe } from '../lifetimes/observations.ts';
import type { TracedSample } from '../sites/group.ts';
import type { Sample, Trace } from '../trace/trace.ts';
import { type Clock, progressClock, WALL } from './clock.ts';

/** How long buffers of a kind are held, by the clock that tells it best. */
export interface HeldTimes {
  readonly lifetimes: Lifetimes;
  /** The clock of a thread. */
  clockOf(trace: Trace): Clock;
}

/** Below, chance may have told one clock from the other: buffers that the same look sees do not count for themselves. */
const SURE = 10;

/**
 * A timer lets go of a buffer after some time, and a server when it has got to it, sooner or later. The clock by which
 * buffers of a kind are held more alike is the one by which it is more likely that looks saw what they saw. Where they
 * leave that open, it is the one by which less is held that V8 did not have.
 *
 * @param madeIn when buffers of this kind were made by a thread, in the order of time
 * @param excess how much more would be held than V8 reported
 */
export function heldTimesOf(
  members: readonly TracedSample[],
  madeIn: (trace: Trace) => readonly number[],
  excess: (held: HeldTimes) => number,
): HeldTimes {
  const clocks = new Map<Trace, Clock>();
  for (const { trace } of members) {
    if (!clocks.has(trace)) clocks.set(trace, progressClock(madeIn(trace), trace.endMs));
  }
  const byTime = fitted(members, () => WALL);
  const byProgress = fitted(members, (trace) => clocks.get(trace) as Clock);
  const gain = byProgress.lifetimes.likelihood() - byTime.lifetimes.likelihood();
  const isProgress =
    Math.abs(gain) * members.length > SURE ? gain > 0 : excess(byProgress) < excess(byTime);
  return isProgress ? byProgress : byTime;
}

function fitted(members: readonly TracedSample[], clockOf: (trace: Trace) => Clock): HeldTimes {
  const observations = members.map(({ sample, trace }) => observeBy(clockOf(trace), sample, trace));
  return { lifetimes: new Lifetimes(observations), clockOf };
}

/** What looks tell of one buffer, in that clock's time. */
export function observeBy(clock: Clock, sample: Sample, { looks }: Trace): Observation {
  const { least, most, bytes } = observe(sample, looks);
  const made = clock.at(sample.t);
  const since = (ms: number): number =>
    ms === Infinity ? Infinity : Math.max(clock.at(sample.t + ms) - made, 0);
  return { least: since(least), most: since(most), bytes };
}
