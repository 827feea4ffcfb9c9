import {
  DISCARDED,
  HALVES,
  IDLE,
  LOW_MOVED,
  LOW_NUMBER,
  LOW_OWNER,
} from '../memory/block-state.ts';
import { type ClassLayout, LINE_LONGS, MOVES, STATE } from '../memory/layout.ts';
import type { SharedMemory } from '../memory/shared-memory.ts';

/** What blocks are; the others were never lent. */
export interface BlockCounts {
  readonly lent: number;
  readonly idle: number;
  readonly discarded: number;
  /** How often they were lent. */
  readonly gets: number;
}

/** A state as it was read, and its halves. */
const read = new Float64Array(1);
const halves = new Int32Array(read.buffer);

/**
 * Counts the blocks of a class, each as it is when it is looked at.
 *
 * Threads keep no counts of their own: one that dies between a transfer and its counting would put
 * them wrong for ever, while states are right at every moment. So this looks at every block, and has to
 * be quick about it. A bigint each would take 10 ms for 100,000 blocks. So a state is read as a float, which it
 * is none, but so its 64 bits are read at once, and they are taken apart by halves: half a
 * millisecond. And it calls nothing, since it is seldom called often enough to be compiled.
 */
export function countBlocks(
  { floats, layout: { table } }: SharedMemory,
  { first, blocks }: ClassLayout,
): BlockCounts {
  const { low: lowHalf, high: highHalf } = HALVES;
  let unused = 0;
  let idle = 0;
  let discarded = 0;
  let lows = 0;
  let highs = 0;
  let moves = 0;
  const end = table / 2 + (first + blocks) * LINE_LONGS;
  for (let at = table / 2 + first * LINE_LONGS; at < end; at += LINE_LONGS) {
    read[0] = floats[at + STATE] as number;
    const low = halves[lowHalf] as number;
    const high = halves[highHalf] as number;
    if ((low | high) === 0) {
      unused++;
      continue;
    }
    const owner = low & LOW_OWNER;
    idle += owner === IDLE ? 1 : 0;
    discarded += owner === DISCARDED ? 1 : 0;
    lows += low >>> LOW_NUMBER;
    highs += high;
    const moved = floats[at + MOVES] as number;
    // MOVES is one behind where the thread that moved it has not got further than that.
    moves += moved + ((moved ^ (low >>> LOW_MOVED)) & 1);
  }
  const lent = blocks - unused - idle - discarded;
  const transfers = highs * 2 ** (32 - LOW_NUMBER) + lows;
  // Those that are no moves are gets and ends by turns.
  return { lent, idle, discarded, gets: (transfers - moves + lent) / 2 };
}
