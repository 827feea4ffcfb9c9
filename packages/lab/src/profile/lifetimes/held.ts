import { rounded } from '../estimate.ts';
import type { Held, HeldQuantile } from '../profile-format.ts';
import type { Lifetimes } from './lifetimes.ts';

/** Milliseconds. What is held no longer is garbage before the next collection, mostly. */
export const SHORT_LIVED_MS = 100;

/** The figures of how long a site's bytes were held. */
export function heldFigures(lifetimes: Lifetimes, durationMs: number): Held {
  return {
    p50: quantile(lifetimes, 0.5),
    p90: quantile(lifetimes, 0.9),
    p99: quantile(lifetimes, 0.99),
    shortLivedShare: rounded(lifetimes.atMost(SHORT_LIVED_MS)),
    lastingShare: rounded(1 - lifetimes.atMost(durationMs / 2)),
    shareError: rounded(0.5 / Math.sqrt(Math.max(lifetimes.count, 1))),
  };
}

/** With the error of so few samples, and as much as looks leave open. */
function quantile(lifetimes: Lifetimes, share: number): HeldQuantile {
  const error = Math.sqrt((share * (1 - share)) / Math.max(lifetimes.count, 1));
  const ms = lifetimes.quantile(share);
  const [least] = lifetimes.bounds(Math.max(share - error, 0));
  const [, most] = lifetimes.bounds(Math.min(share + error, 1));
  return { ms: finite(ms), lowMs: finite(least), highMs: finite(most) };
}

function finite(ms: number): number | null {
  return ms === Infinity ? null : Math.round(ms * 10) / 10;
}
