import {
  DISCARDED,
  HIGH_WORD,
  IDLE,
  LOW_NUMBER_SHIFT,
  LOW_WORD,
  MOVED_SHIFT,
  OWNER_MASK,
} from '../memory/block-state.ts';
import { type ClassLayout, LINE_LONGS, MOVES, STATE } from '../memory/layout.ts';
import type { SharedMemory } from '../memory/shared-memory.ts';

/** How many blocks of a class are in which state; the others were never lent. */
export interface BlockCounts {
  readonly lent: number;
  readonly idle: number;
  readonly discarded: number;
  /** How often blocks were lent so far. */
  readonly gets: number;
}

/** A state as it was read, and its two 32-bit words. */
const read = new Float64Array(1);
const stateWords = new Int32Array(read.buffer);

/**
 * Counts the blocks of a class, each as it is when it is looked at.
 *
 * Threads keep no counters: one that died between a transfer and counting it would leave them wrong for
 * ever, while states are right at every moment. So this reads every state, and has to be quick: as bigints,
 * 100,000 of them take 10 ms. Read as floats, which they are not, their 64 bits are still read at once, and
 * taken apart as two words: half a millisecond. The loop calls no functions, because it seldom runs often
 * enough to be compiled.
 */
export function countBlocks(
  { floats, layout: { table } }: SharedMemory,
  { first, blocks }: ClassLayout,
): BlockCounts {
  let unused = 0;
  let idle = 0;
  let discarded = 0;
  let lows = 0;
  let highs = 0;
  let moves = 0;
  const end = table / 2 + (first + blocks) * LINE_LONGS;
  for (let at = table / 2 + first * LINE_LONGS; at < end; at += LINE_LONGS) {
    read[0] = floats[at + STATE] as number;
    const low = stateWords[LOW_WORD] as number;
    const high = stateWords[HIGH_WORD] as number;
    if ((low | high) === 0) {
      unused++;
      continue;
    }
    const owner = low & OWNER_MASK;
    idle += owner === IDLE ? 1 : 0;
    discarded += owner === DISCARDED ? 1 : 0;
    lows += low >>> LOW_NUMBER_SHIFT;
    highs += high;
    const moved = floats[at + MOVES] as number;
    // MOVES is one behind if the thread that moved the block has not written it yet.
    moves += moved + ((moved ^ (low >>> MOVED_SHIFT)) & 1);
  }
  const lent = blocks - unused - idle - discarded;
  const transfers = highs * 2 ** (32 - LOW_NUMBER_SHIFT) + lows;
  // The transfers that are not moves alternate: a get, the end of its lease, the next get.
  return { lent, idle, discarded, gets: (transfers - moves + lent) / 2 };
}
