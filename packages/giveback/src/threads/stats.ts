import type { BlockTable } from './blocks/block-table.ts';
import { DISCARDED, IDLE, ownerOf } from './memory/block-state.ts';
import { RECLAIMS, TIMEOUTS, WAITS } from './memory/layout.ts';
import type { SharedMemory } from './memory/shared-memory.ts';
import { countWaiting } from './owners/thread-slots.ts';

/**
 * What a shared recycler holds and has done, in all threads: read from the blocks themselves, so it
 * is the same in every thread, costs a get and a give nothing, and no thread that dies can put it
 * wrong. Always `makes` = `discards` + `lent.count` + `idle.count`, and `gets` = `gives` +
 * `discards` + `reclaims` + `lent.count`; while other threads get and give, each block is as
 * it was when it was looked at.
 */
export interface SharedBufferRecyclerStats {
  /** The recycler's name. */
  readonly name: string;
  /** All blocks there are, used or not, and the bytes of buffers they have room for. */
  readonly blocks: { readonly count: number; readonly bytes: number };
  /** Blocks out with users, or on their way from one thread to another, and the bytes of these blocks. */
  readonly lent: { readonly count: number; readonly bytes: number };
  /** Blocks waiting inside the recycler, those never used not among them. */
  readonly idle: { readonly count: number; readonly bytes: number };
  /** Buffers got so far. */
  readonly gets: number;
  /** Buffers got so far that a block served which was lent before. */
  readonly reuses: number;
  /** Blocks lent at least once: what the recycler may use memory for. */
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
  /** Those of them that gave up after their `timeout`. */
  readonly timeouts: number;
}

export function statsOf(
  { words, layout }: SharedMemory,
  table: BlockTable,
  name: string,
): SharedBufferRecyclerStats {
  const blocks = { count: 0, bytes: 0 };
  const lent = { count: 0, bytes: 0 };
  const idle = { count: 0, bytes: 0 };
  // Before the blocks: what is reclaimed while we look is then at worst not counted yet.
  const reclaims = Atomics.load(words, RECLAIMS);
  let gets = 0;
  let makes = 0;
  let discards = 0;
  for (const { first, blockSize, blocks: count } of layout.classes) {
    blocks.count += count;
    blocks.bytes += count * blockSize;
    for (let block = first; block < first + count; block++) {
      const at = table.at(block);
      const state = table.state(at);
      if (state === 0n) continue;
      const owner = ownerOf(state);
      gets += table.gets(at, state, owner);
      makes++;
      if (owner === DISCARDED) discards++;
      else add(owner === IDLE ? idle : lent, blockSize);
    }
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

function add(sum: { count: number; bytes: number }, bytes: number): void {
  sum.count++;
  sum.bytes += bytes;
}
