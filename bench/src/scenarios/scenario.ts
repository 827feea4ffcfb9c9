import type { Candidate } from '../candidates/candidate.ts';

/** Work that is timed for every candidate that can do it. */
export interface Scenario {
  readonly name: string;
  /** What one operation is; the heading of the table. */
  readonly title: string;
  /** The candidate that times are divided by, unless a candidate has a limit of its own. */
  readonly limit: string;
  /** A candidate that a quick run times too, although it does not time its kind. */
  readonly alsoQuick?: string;
  /** Whether it asks for any size, so that some candidates need the bench's size classes. */
  readonly anySize?: boolean;
  /** How many gets and gives an operation of the block does; default: 1. */
  readonly batch?: number;
  admits(candidate: Candidate): boolean;
  /** Opens a pool of the candidate and returns the work to do on it. */
  open(candidate: Candidate): Promise<Block>;
}

/** Runs a number of operations. Returns a number made of everything that was got. */
export type Block = (operations: number) => number | Promise<number>;
