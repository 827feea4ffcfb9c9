import { Random } from '../../measure/random.ts';
import { rounded } from '../estimate.ts';
import type { Held, HeldQuantile } from '../profile-format.ts';
import type { Lifetimes } from './lifetimes.ts';

/** Milliseconds. What is held no longer is garbage before the next collection, mostly. */
export const SHORT_LIVED_MS = 100;

const RESAMPLES = 25;
/** Any other would do. The same trace has the same profile. */
const SEED = 2013;

/** The figures of how long a site's bytes were held. */
export function heldFigures(lifetimes: Lifetimes, durationMs: number): Held {
  const random = new Random(SEED);
  const others = Array.from({ length: RESAMPLES }, () => lifetimes.resampled(random));
  const shortLived = (each: Lifetimes): number => each.atMost(SHORT_LIVED_MS);
  const lasting = (each: Lifetimes): number => 1 - each.atMost(durationMs / 2);
  const error = Math.max(deviation(others.map(shortLived)), deviation(others.map(lasting)));
  return {
    p50: quantile(lifetimes, others, 0.5),
    p90: quantile(lifetimes, others, 0.9),
    p99: quantile(lifetimes, others, 0.99),
    shortLivedShare: rounded(shortLived(lifetimes)),
    lastingShare: rounded(Math.max(lasting(lifetimes), 0)),
    shareError: rounded(error),
  };
}

/** With two thirds of what chance might have made of it, and as much as looks leave open. */
function quantile(lifetimes: Lifetimes, others: readonly Lifetimes[], share: number): HeldQuantile {
  const sorted = others.map((each) => each.quantile(share)).sort((a, b) => a - b);
  const sixth = Math.floor(sorted.length / 6);
  const [least, most] = lifetimes.bounds(share);
  return {
    ms: finite(lifetimes.quantile(share)),
    lowMs: finite(Math.min(least, sorted[sixth] as number)),
    highMs: finite(Math.max(most, sorted[sorted.length - 1 - sixth] as number)),
  };
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

function finite(ms: number): number | null {
  return ms === Infinity ? null : Math.round(ms * 10) / 10;
}
