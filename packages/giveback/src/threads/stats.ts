import type { Counters } from '../core/recyclers.ts';
import { flatten } from '../core/stats.ts';
import { countBlocks } from './blocks/block-counts.ts';
import { RECLAIMS, TIMEOUTS, WAITS } from './memory/layout.ts';
import type { SharedMemory } from './memory/shared-memory.ts';
import { countWaiting } from './owners/thread-slots.ts';

/**
 * What a shared recycler holds and has done, in all threads. It is read from the blocks themselves. So it
 * is the same in every thread, costs a get and a give nothing, and stays right when a thread dies. Always
 * `makes` = `discards` + `lent.count` + `idle.count`, and `gets` = `gives` + `discards` + `reclaims` +
 * `lent.count`. While other threads get and give, each block counts as it was when it was read.
 */
export interface SharedBufferRecyclerStats {
  /** The recycler's name. */
  readonly name: string;
  /** All blocks, used or not, and their bytes. */
  readonly blocks: { readonly count: number; readonly bytes: number };
  /** Blocks out with users, or on their way from one thread to another, and their bytes. */
  readonly lent: { readonly count: number; readonly bytes: number };
  /** Blocks waiting inside the recycler, without those never used, and their bytes. */
  readonly idle: { readonly count: number; readonly bytes: number };
  /** Buffers got so far. */
  readonly gets: number;
  /** Buffers got so far in a block that had been lent before. */
  readonly reuses: number;
  /** Blocks lent at least once so far: only these take up memory. */
  readonly makes: number;
  /** Buffers given back so far. */
  readonly gives: number;
  /** Blocks discarded so far: never lent again. */
  readonly discards: number;
  /** Blocks brought back from dead threads so far. */
  readonly reclaims: number;
  /** Acquires waiting for a block now. */
  readonly waiting: number;
  /** Acquires so far that had to wait, `acquireSync` among them. */
  readonly waits: number;
  /** Acquires so far that gave up after their `timeout`. */
  readonly timeouts: number;
}

export function statsOf(memory: SharedMemory, name: string): SharedBufferRecyclerStats {
  const { words, layout } = memory;
  const blocks = { count: 0, bytes: 0 };
  const lent = { count: 0, bytes: 0 };
  const idle = { count: 0, bytes: 0 };
  // Before the blocks: what is reclaimed meanwhile is then at worst not counted yet.
  const reclaims = Atomics.load(words, RECLAIMS);
  let gets = 0;
  let makes = 0;
  let discards = 0;
  for (const sizeClass of layout.classes) {
    const { blockSize, blocks: count } = sizeClass;
    const counts = countBlocks(memory, sizeClass);
    add(blocks, count, blockSize);
    add(lent, counts.lent, blockSize);
    add(idle, counts.idle, blockSize);
    makes += counts.lent + counts.idle + counts.discarded;
    discards += counts.discarded;
    gets += counts.gets;
  }
  return Object.freeze({
    name,
    blocks: Object.freeze(blocks),
    lent: Object.freeze(lent),
    idle: Object.freeze(idle),
    gets,
    reuses: gets - makes,
    makes,
    gives: gets - discards - reclaims - lent.count,
    discards,
    reclaims,
    waiting: countWaiting(words),
    waits: Atomics.load(words, WAITS),
    timeouts: Atomics.load(words, TIMEOUTS),
  });
}

/**
 * What tells how much has been counted in that memory. It refers to no recycler, so that it can outlive those
 * of this thread.
 */
export function countersOf(memory: SharedMemory): () => Counters {
  return () => {
    const { name: _, blocks, lent, idle, waiting, ...counters } = statsOf(memory, '');
    return flatten(counters);
  };
}

function add(sum: { count: number; bytes: number }, count: number, blockSize: number): void {
  sum.count += count;
  sum.bytes += count * blockSize;
}
