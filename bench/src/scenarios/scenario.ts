import type { Candidate } from '../candidates/candidate.ts';

/** A piece of work that is timed for every candidate that can do it. */
export interface Scenario {
  readonly name: string;
  /** What one operation is: the heading of its table. */
  readonly title: string;
  /** The candidate that all times are divided by, but those of a candidate with a limit of its own. */
  readonly limit: string;
  /** A candidate that is timed in a quick run too, though its kind is not. */
  readonly alsoQuick?: string;
  /** Whether any size is asked for, so that some candidates stand behind the bench's size classes. */
  readonly anySize?: boolean;
  /** How many gets and gives one operation of the block holds: 1 if not said. */
  readonly batch?: number;
  admits(candidate: Candidate): boolean;
  /** Opens a pool of the candidate and returns the work on it. */
  open(candidate: Candidate): Promise<Block>;
}

/** Runs a number of operations, and returns a number made of everything that was got. */
export type Block = (operations: number) => number | Promise<number>;
