import type { Kind } from './candidates/candidate.ts';
import type { Span } from './measure/stopwatch.ts';

/** How thoroughly the bench measures. */
export interface Plan {
  readonly rounds: number;
  readonly span: Span;
  /** The kinds of candidates to time. Safety is tested for all kinds. */
  readonly kinds: readonly Kind[];
  /** How often the lab's workload `sized` runs with each candidate. */
  readonly sizedRounds: number;
  /** How often growth is measured in full. */
  readonly growthRounds: number;
  /** Seconds after the burst at which resident memory is read. */
  readonly moments: readonly number[];
}

/** About ten minutes. */
export const full: Plan = {
  rounds: 5,
  span: { warmUp: 150, measured: 250 },
  kinds: ['bare', 'giveback', 'platform', 'peer'],
  sizedRounds: 3,
  growthRounds: 3,
  moments: [0, 5, 15, 60],
};

/** Less than a minute, for continuous integration: giveback and the bare lists. */
export const quick: Plan = {
  rounds: 3,
  span: { warmUp: 60, measured: 60 },
  kinds: ['bare', 'giveback'],
  sizedRounds: 0,
  growthRounds: 1,
  moments: [],
};
