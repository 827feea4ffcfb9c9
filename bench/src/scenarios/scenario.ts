import type { Candidate } from '../candidates/candidate.ts';
import type { Block } from '../measure/stopwatch.ts';

/** A piece of work that is timed for every candidate that can do it. */
export interface Scenario {
  readonly name: string;
  /** What one operation is: the heading of its table. */
  readonly title: string;
  /** The candidate that all times are divided by. */
  readonly limit: string;
  /** Whether any size is asked for, so that some candidates stand behind the bench's size classes. */
  readonly anySize?: boolean;
  /** How many gets and gives one operation of the block holds: 1 if not said. */
  readonly batch?: number;
  /** That so many operations are measured, in one round, and not a time in several. */
  readonly count?: number;
  admits(candidate: Candidate): boolean;
  /** Opens a pool of the candidate and returns the work on it. */
  open(candidate: Candidate): Promise<Block>;
}
