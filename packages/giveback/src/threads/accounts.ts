import { GivebackRangeError } from '../core/errors.ts';
import { integer } from '../core/validate.ts';
import type { FreeList } from './free-list.ts';
import { RECLAIMS } from './layout.ts';
import type { Lendings } from './lendings.ts';
import {
  freeSlot,
  isOfDead,
  isSlotOf,
  noteReclaimed,
  register,
  slotsToReclaim,
  wasReclaimed,
} from './slots.ts';
import { wake } from './turns.ts';

export const MAX_THREAD_ID: number = 2 ** 31 - 2;

/** On which thread's account a lent block stands, as seen from one thread; and what if that dies. */
export class Accounts {
  readonly #words: Int32Array;
  readonly #lendings: Lendings;
  readonly #name: string;
  readonly #own: number;

  /** `own`: the id of this thread. */
  constructor(words: Int32Array, lendings: Lendings, name: string, own: number) {
    this.#words = words;
    this.#lendings = lendings;
    this.#name = name;
    this.#own = own;
  }

  handOver(buffer: ArrayBufferView, threadId: number): void {
    integer('threadId', threadId, 0, MAX_THREAD_ID);
    const words = this.#words;
    if (wasReclaimed(words, threadId)) throw deadThread(threadId);
    const slot = register(words, threadId, this.#name);
    const lending = this.#lendings.handOver(buffer, slot);
    if (isSlotOf(words, slot, threadId) && !wasReclaimed(words, threadId)) return;
    // It was reclaimed meanwhile: with this block, or else nobody would find it there.
    const wasMissed = this.#lendings.takeBack(lending);
    returnAllOf(words, this.#lendings.list, threadId);
    if (wasMissed) throw deadThread(threadId);
  }

  /** @returns how many blocks came back. */
  reclaim(threadId: number): number {
    integer('threadId', threadId, 0, MAX_THREAD_ID);
    if (threadId === this.#own)
      throw new GivebackRangeError(
        `Expected \`threadId\` to be that of a thread that has ended, got this thread's own, ${threadId}.`,
      );
    noteReclaimed(this.#words, threadId);
    const count = returnAllOf(this.#words, this.#lendings.list, threadId);
    Atomics.add(this.#words, RECLAIMS, count);
    wake(this.#words);
    return count;
  }

  /** This thread ends: its slot goes to the next one, unless blocks are on its account. */
  leave(): void {
    for (const slot of slotsToReclaim(this.#words, this.#own))
      if (!this.#lendings.list.hasAny(slot)) freeSlot(this.#words, slot, this.#own);
  }
}

/** Gives back all that is on the account of a dead thread, and frees its place. @returns how many. */
export function returnAllOf(words: Int32Array, list: FreeList, threadId: number): number {
  let count = 0;
  for (const slot of slotsToReclaim(words, threadId)) {
    count += list.returnAll(slot, () => isOfDead(words, slot, threadId));
    freeSlot(words, slot, threadId);
  }
  return count;
}

function deadThread(threadId: number): Error {
  return new GivebackRangeError(
    `Expected \`threadId\` to be that of a living thread, got ${threadId}, which was reclaimed.`,
  );
}
