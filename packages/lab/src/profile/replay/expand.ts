import type { Random } from '../../measure/random.ts';
import { tallyOf, type Weighed } from '../estimate.ts';
import type { Trace } from '../trace/trace.ts';

/** A sample of a way of allocating. */
export interface ExpandedSample extends Weighed {
  readonly t: number;
  readonly api: number;
}

/** An allocation that was made at `t`, and is like that sample. */
export interface Expanded<S> {
  readonly t: number;
  readonly sample: S;
}

/** Samples on either side of a moment, which tell what was allocated about then. */
const NEARBY = 16;
/** Where samples stand for fewer allocations than this on average, they tell by themselves what was made when. */
const FEW = 2;

/**
 * The allocations that samples of one thread and one way of allocating stand for. When how many bytes were allocated, the
 * exact counters tell, which a sample that stands for a thousand buffers does not; of which kinds these were, the samples nearby.
 */
export function* expand<S extends ExpandedSample>(
  samples: readonly S[],
  trace: Trace,
  random: Random,
): Generator<Expanded<S>> {
  const { allocations } = tallyOf(samples);
  const windows = countedWindows(trace, samples[0]?.api ?? 0);
  if (allocations < FEW * samples.length || windows.length === 0) {
    yield* bySamples(samples, random);
    return;
  }
  const share = sampledShare(samples, windows);
  let bytes = 0;
  for (const window of windows) {
    bytes += window.bytes * share;
    const pick = nearby(samples, (window.from + window.to) / 2, random);
    while (bytes > 0) {
      const sample = pick();
      yield { t: window.from + random.next() * (window.to - window.from), sample };
      bytes -= sample.bytes;
    }
  }
}

/** Each as often as it weighs, about when it was made. */
function* bySamples<S extends ExpandedSample>(
  samples: readonly S[],
  random: Random,
): Generator<Expanded<S>> {
  for (const [at, sample] of samples.entries()) {
    const before = samples[at - 1]?.t ?? sample.t;
    yield { t: sample.t, sample };
    // 2.3 is 2 mostly, and sometimes 3.
    const count = Math.floor(sample.weight) + (random.next() < sample.weight % 1 ? 1 : 0);
    for (let copy = 1; copy < count; copy++) {
      yield { t: before + random.next() * (sample.t - before), sample };
    }
  }
}

interface Window {
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

/** What was allocated in that way between two readings of the counters. */
function countedWindows({ counters }: Trace, api: number): Window[] {
  const windows: Window[] = [];
  let [from, before] = [0, 0];
  for (const { totals, apis } of counters) {
    const now = apis.find(([id]) => id === api)?.[1] ?? before;
    if (now > before) windows.push({ from, to: totals, bytes: now - before });
    [from, before] = [totals, Math.max(now, before)];
  }
  return windows;
}

/** The counters count what is too small to be sampled as well. What is less than the error may be chance. */
function sampledShare(samples: readonly Weighed[], windows: readonly Window[]): number {
  const counted = windows.reduce((sum, { bytes }) => sum + bytes, 0);
  const tally = tallyOf(samples);
  return counted - tally.bytes > 2 * tally.standardError() ? tally.bytes / counted : 1;
}

/** Draws one of the samples about a moment, by how many allocations each stands for. */
function nearby<S extends ExpandedSample>(
  samples: readonly S[],
  t: number,
  random: Random,
): () => S {
  const after = samples.findIndex((sample) => sample.t >= t);
  const middle = after < 0 ? samples.length : after;
  const near = samples.slice(Math.max(middle - NEARBY, 0), middle + NEARBY);
  const total = near.reduce((sum, { weight }) => sum + weight, 0);
  return () => {
    let left = random.next() * total;
    for (const sample of near) {
      left -= sample.weight;
      if (left <= 0) return sample;
    }
    return near[0] as S;
  };
}
