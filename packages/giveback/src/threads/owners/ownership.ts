import { GivebackError } from '../../core/errors.ts';
import type { BlockTable } from '../blocks/block-table.ts';
import type { SizeClass } from '../blocks/size-class.ts';
import { IDLE, isSent, ownerOf } from '../memory/block-state.ts';
import { MAX_SLOTS, RECLAIMS } from '../memory/layout.ts';
import { isGone, noteGone } from './gone-threads.ts';
import {
  freeSlot,
  goneSlots,
  isOfGone,
  isOfLiving,
  markGone,
  markSlotGone,
  register,
} from './thread-slots.ts';

export const MAX_THREAD_ID: number = 2 ** 31 - 2;

/** What there is of a recycler's blocks to look through. */
export interface Blocks {
  readonly table: BlockTable;
  readonly classes: readonly SizeClass[];
}

interface OwnerOptions {
  /** The recycler's name. */
  readonly name: string;
  readonly thread: number;
  /** Called whenever the thread has left its slot. */
  onLeft(): void;
}

/** One thread's place among the owners of blocks: its slot, and how it leaves. */
export class Ownership {
  readonly #words: Int32Array;
  readonly #table: BlockTable;
  readonly #name: string;
  readonly #threadId: number;
  readonly #onLeft: () => void;
  /** Slots that it has left, and up to which block each is known to own nothing. */
  readonly #left = new Map<number, number>();
  /**
   * Slots that it left when it was about to end. It takes none of them again, so that a thread that finds
   * one empty, and is slow to free it, does not free it under this thread's hands.
   */
  readonly #former = new Set<number>();
  #isEnding = false;
  /** The slot that owns what this thread has; 0 before it needs one, and after it has left. */
  slot = 0;
  /** Whether `leave` is to be called again after each give. */
  isLeaving = false;

  constructor(words: Int32Array, table: BlockTable, { name, thread, onLeft }: OwnerOptions) {
    this.#words = words;
    this.#table = table;
    this.#name = name;
    this.#threadId = thread;
    this.#onLeft = onLeft;
  }

  /**
   * Takes a slot if the thread has none, or has lost it because somebody took the thread for dead.
   *
   * @returns it.
   * @throws `ERR_GIVEBACK_BUDGET` when every slot is that of a thread that lives, or owns blocks.
   */
  join(): number {
    if (isOfLiving(this.#words, this.slot, this.#threadId)) return this.slot;
    if (this.slot !== 0) this.leave();
    let slot = register(this.#words, this.#threadId, this.#former);
    if (slot === 0) {
      freeEmptySlots(this.#words, this.#table);
      slot = register(this.#words, this.#threadId, this.#former);
    }
    if (slot === 0)
      throw new GivebackError(
        'ERR_GIVEBACK_BUDGET',
        `Expected at most ${MAX_SLOTS} threads to use recycler \`${this.#name}\` at a time, got one more: \`watch\` workers, or \`reclaim\` those that have ended.`,
      );
    this.#left.delete(slot);
    this.slot = slot;
    return slot;
  }

  /**
   * Leaves its slot to others as soon as that owns nothing: now, or when this is called again after the
   * last of its blocks was given.
   */
  leave(): void {
    const words = this.#words;
    const own = this.slot;
    this.slot = 0;
    // No other of this thread's slots: that would be another recycler object's, which goes on.
    if (own !== 0 && markSlotGone(words, own, this.#threadId)) this.#left.set(own, 0);
    if (this.#isEnding) for (const slot of this.#left.keys()) this.#former.add(slot);
    for (const [slot, from] of this.#left) {
      const block = this.#nextOf(slot, from);
      this.#left.set(slot, block);
      if (block < this.#table.blocks && isOfGone(words, slot, this.#threadId)) continue;
      freeSlot(words, slot, this.#threadId);
      this.#left.delete(slot);
    }
    this.isLeaving = this.#isEnding || this.#left.size > 0;
    this.#onLeft();
  }

  /** The same when the thread ends: from now on, nothing is handed over to it. */
  end(): void {
    this.#isEnding = true;
    noteGone(this.#words, this.#threadId);
    this.leave();
  }

  /** The first block from that one on that a slot owns. A slot that was left gets no more. */
  #nextOf(slot: number, from: number): number {
    const table = this.#table;
    let block = from;
    while (block < table.blocks && ownerOf(table.state(table.at(block))) !== slot) block++;
    return block;
  }
}

/**
 * Brings back the blocks that a dead thread owned, and those on their way to it. Two threads may do so at
 * the same time. By the time that one of them is ready, a living thread may have the slot: so
 * `isOfGone` is asked after each look at a block. What the slot owned then, the dead thread owned.
 *
 * @returns how many.
 */
export function reclaimFrom(
  words: Int32Array,
  { table, classes }: Blocks,
  threadId: number,
): number {
  // First, so that whoever hands something over to it at this moment either sees this, or is seen.
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
  // It may have died in the middle of something.
  if (slots.length > 0) for (const each of classes) each.repair();
  for (const slot of slots) freeSlot(words, slot, threadId);
  return count;
}

/** Frees the slots of threads that have ended, and owned blocks then which others have ended since. */
function freeEmptySlots(words: Int32Array, table: BlockTable): void {
  const gone = goneSlots(words).filter(({ threadId }) => isGone(words, threadId));
  if (gone.length === 0) return;
  const owners = new Set<number>();
  for (let block = 0; block < table.blocks; block++)
    owners.add(ownerOf(table.state(table.at(block))));
  for (const { slot, threadId } of gone) if (!owners.has(slot)) freeSlot(words, slot, threadId);
}
