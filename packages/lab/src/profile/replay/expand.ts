import type { Random } from '../../measure/random.ts';
import { tallyOf, type Weighed } from '../estimate.ts';
import type { Trace } from '../trace/trace.ts';
import { countedWindows, sampledShare } from './counted.ts';
import { EvenPoints } from './even-points.ts';

/** A sample of a way of allocating. */
export interface ExpandedSample extends Weighed {
  readonly t: number;
  readonly api: number;
}

/** An allocation that was made at `t`, and is like that sample. */
export interface Expanded<S> {
  readonly t: number;
  readonly sample: S;
  /** From 0 to 1: the share of its like that is held for less long. */
  readonly rank: number;
}

/** Samples on either side of a moment, which tell what was allocated about then. */
const NEARBY = 16;
/** Where samples stand for fewer allocations than this on average, they tell by themselves what was made when. */
const FEW = 2;

/**
 * The allocations that samples of one thread and one way of allocating stand for. When how many bytes were allocated, the
 * exact counters tell, which a sample that stands for a thousand buffers does not; of which kinds these were, the samples nearby.
 * Between what is known, they are evenly spread.
 */
export function* expand<S extends ExpandedSample>(
  samples: readonly S[],
  trace: Trace,
  random: Random,
): Generator<Expanded<S>> {
  const { allocations } = tallyOf(samples);
  const points = new EvenPoints(random);
  const windows = countedWindows(trace, samples[0]?.api ?? 0);
  const share = sampledShare(samples, windows);
  if (allocations < FEW * samples.length || windows.length === 0) {
    yield* bySamples(samples, points);
    return;
  }
  let left = 0;
  for (const { from, to, bytes: counted } of windows) {
    const bytes = counted * share;
    left += bytes;
    const pick = nearby(samples, (from + to) / 2);
    while (left > 0) {
      const [across, rank] = points.next();
      const sample = pick(across);
      // What is left over from the window before is made first.
      yield { t: to - Math.min(left / bytes, 1) * (to - from), sample, rank };
      left -= sample.bytes;
    }
  }
}

/** Each as often as it weighs, about when it was made. */
function* bySamples<S extends ExpandedSample>(
  samples: readonly S[],
  points: EvenPoints,
): Generator<Expanded<S>> {
  let owed = 0;
  for (const [at, sample] of samples.entries()) {
    const before = samples[at - 1]?.t ?? sample.t;
    // Of a weight of 2.3, two mostly, and three where thirds have come to a whole.
    owed += sample.weight;
    const count = Math.floor(owed + 1e-9);
    owed -= count;
    for (let copy = 1; copy <= count; copy++) {
      const [, rank] = points.next();
      yield { t: before + (copy / count) * (sample.t - before), sample, rank };
    }
  }
}

/** Picks one of the samples about a moment, by how many allocations each stands for: `across` goes from 0 to 1. */
function nearby<S extends ExpandedSample>(samples: readonly S[], t: number): (across: number) => S {
  const after = samples.findIndex((sample) => sample.t >= t);
  const middle = after < 0 ? samples.length : after;
  const near = samples.slice(Math.max(middle - NEARBY, 0), middle + NEARBY);
  const total = near.reduce((sum, { weight }) => sum + weight, 0);
  return (across) => {
    let left = across * total;
    for (const sample of near) {
      left -= sample.weight;
      if (left <= 0) return sample;
    }
    return near[0] as S;
  };
}
