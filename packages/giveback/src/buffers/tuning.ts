import { ELASTIC_TUNING, type ElasticTuning } from './memory/elastic.ts';
import { FIXED_TUNING, type FixedTuning } from './memory/fixed.ts';

/** How recyclers trade memory for time. It is not an option: docs/tuning.md says how it was found. */
export interface Tuning {
  readonly fixed: FixedTuning;
  readonly elastic: ElasticTuning;
}

export const TUNING: Tuning = { fixed: FIXED_TUNING, elastic: ELASTIC_TUNING };

let current = TUNING;

/** The tuning of a recycler that is made now. */
export function currentTuning(): Tuning {
  return current;
}

/**
 * Calls `make` and gives the recyclers that it makes that tuning. Only `npm run evidence -- tuning` calls this, to
 * measure other tunings.
 */
export function tuned<T>(tuning: Tuning, make: () => T): T {
  current = tuning;
  try {
    return make();
  } finally {
    current = TUNING;
  }
}
