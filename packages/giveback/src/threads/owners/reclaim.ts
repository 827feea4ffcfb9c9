import type { Worker } from 'node:worker_threads';
import { setBackgroundTimeout } from '../../core/platform.ts';
import { checkObject, integer, requiredFunction } from '../../core/validate.ts';
import type { BlockTable } from '../blocks/block-table.ts';
import type { SizeClass } from '../blocks/size-class.ts';
import { IDLE, isSent, ownerOf } from '../memory/block-state.ts';
import { RECLAIMS } from '../memory/layout.ts';
import { noteGone } from './gone-threads.ts';
import { freeSlot, isOfGone, markGone } from './thread-slots.ts';

export const MAX_THREAD_ID: number = 2 ** 31 - 2;

/**
 * Milliseconds that a terminated worker may run on after its `exit` event. Node and Bun emit it when the
 * thread has ended. Deno 2.9 emits it at once, and the worker runs on until it has finished what it is
 * doing, however long that takes.
 */
const RUNS_ON_MS = 'Deno' in globalThis ? 3_000 : 0;

/** A recycler's blocks. */
export interface Blocks {
  readonly table: BlockTable;
  readonly classes: readonly SizeClass[];
}

/**
 * Brings back the blocks that a dead thread owned, and those on their way to it. Two threads may do so at
 * the same time, and when one of them has finished, a living thread may take the slot. So `isOfGone` is
 * asked after each read of a state: what the slot owned then, the dead thread owned.
 *
 * @returns how many.
 */
export function reclaimFrom(
  words: Int32Array,
  { table, classes }: Blocks,
  threadId: number,
): number {
  // First, so that a thread that hands something over to it at this moment either sees this or is seen
  // below.
  noteGone(words, threadId);
  const slots = markGone(words, threadId);
  let count = 0;
  for (let block = 0; block < table.blocks; block++) {
    const at = table.at(block);
    const state = table.state(at);
    const owner = ownerOf(state);
    if (owner === IDLE) continue;
    const isOwned = slots.includes(owner) && isOfGone(words, owner, threadId);
    const isOnItsWay = isSent(state) && table.receiver(at) === threadId + 1;
    if (!(isOwned || isOnItsWay) || table.end(at, state, IDLE) === undefined) continue;
    Atomics.add(words, RECLAIMS, 1);
    classes[table.classOf(block)]?.add(block);
    count++;
  }
  // It may have died in the middle of a give.
  if (slots.length > 0) for (const each of classes) each.repair();
  for (const slot of slots) freeSlot(words, slot, threadId);
  return count;
}

/** Calls `reclaim` with the id of a worker once it has ended. */
export function onceEnded(
  worker: Pick<Worker, 'threadId' | 'once'>,
  reclaim: (threadId: number) => void,
): void {
  checkObject('worker', worker);
  requiredFunction('worker.once', worker.once);
  // It is −1 once the worker has ended.
  const id = integer('worker.threadId', worker.threadId, 1, MAX_THREAD_ID);
  worker.once('exit', () => {
    if (RUNS_ON_MS === 0) reclaim(id);
    else setBackgroundTimeout(() => reclaim(id), RUNS_ON_MS);
  });
}
