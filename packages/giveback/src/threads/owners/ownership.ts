import { GivebackError } from '../../core/errors.ts';
import type { BlockTable } from '../blocks/block-table.ts';
import { ownerOf } from '../memory/block-state.ts';
import { MAX_SLOTS } from '../memory/layout.ts';
import { isGone, noteGone } from './gone-threads.ts';
import {
  freeSlot,
  goneSlots,
  isOfGone,
  isOfLiving,
  markSlotGone,
  register,
} from './thread-slots.ts';

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
  /** Slots that it has left, and for each the first block that it may still own. */
  readonly #left = new Map<number, number>();
  /**
   * Slots that it left when it was about to end. It takes none of them again: another thread may have found
   * one of them empty, be slow to free it, and so free it while this thread uses it again.
   */
  readonly #former = new Set<number>();
  #isEnding = false;
  /** The slot that owns this thread's blocks; 0 before it needs one, and after it has left. */
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
   * Takes a slot if the thread has none, or has lost its own because it was taken for dead.
   *
   * @returns it.
   * @throws `ERR_GIVEBACK_BUDGET` when every slot belongs to a living thread or owns blocks.
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
   * Leaves its slot to others as soon as the slot owns nothing: now, or when this is called again after the
   * last of its blocks was given.
   */
  leave(): void {
    const words = this.#words;
    const own = this.slot;
    this.slot = 0;
    // Only this slot: another one of this thread belongs to another recycler object, which is still in use.
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

  /** Leaves because the thread ends: from now on, nothing is handed over to it. */
  end(): void {
    this.#isEnding = true;
    noteGone(this.#words, this.#threadId);
    this.leave();
  }

  /** The first block from that one on that a slot owns. A slot that was left gets no new ones. */
  #nextOf(slot: number, from: number): number {
    const table = this.#table;
    let block = from;
    while (block < table.blocks && ownerOf(table.state(table.at(block))) !== slot) block++;
    return block;
  }
}

/** Frees the slots of ended threads whose blocks, owned by then, have all been given or adopted since. */
function freeEmptySlots(words: Int32Array, table: BlockTable): void {
  const gone = goneSlots(words).filter(({ threadId }) => isGone(words, threadId));
  if (gone.length === 0) return;
  const owners = new Set<number>();
  for (let block = 0; block < table.blocks; block++)
    owners.add(ownerOf(table.state(table.at(block))));
  for (const { slot, threadId } of gone) if (!owners.has(slot)) freeSlot(words, slot, threadId);
}
