import { GivebackRangeError } from '../errors.ts';
import { integer } from '../options.ts';
import type { FreeList } from './free-list.ts';
import { RECLAIMS } from './layout.ts';
import type { Lendings } from './lendings.ts';
import { freeSlot, isOfDead, isSlotOf, register, slotsToReclaim } from './slots.ts';
import { wake } from './turns.ts';

export const MAX_THREAD_ID: number = 2 ** 31 - 2;

/** On which thread's account a lent block stands, as seen from one thread; and what if that dies. */
export class Accounts {
  readonly #words: Int32Array;
  readonly #lendings: Lendings;
  readonly #name: string;
  readonly #own: number;
  readonly #dead = new Set<number>();

  /** `own`: the id of this thread. */
  constructor(words: Int32Array, lendings: Lendings, name: string, own: number) {
    this.#words = words;
    this.#lendings = lendings;
    this.#name = name;
    this.#own = own;
  }

  handOver(buffer: ArrayBufferView, threadId: number): void {
    integer('threadId', threadId, 0, MAX_THREAD_ID);
    if (this.#dead.has(threadId)) throw deadThread(threadId);
    const words = this.#words;
    const slot = register(words, threadId, this.#name);
    const lending = this.#lendings.handOver(buffer, slot);
    // It may have been reclaimed since: what goes there after that, nobody would find.
    if (isSlotOf(words, slot, threadId)) return;
    this.#lendings.takeBack(lending);
    throw deadThread(threadId);
  }

  /** @returns how many blocks came back. */
  reclaim(threadId: number): number {
    integer('threadId', threadId, 0, MAX_THREAD_ID);
    if (threadId === this.#own)
      throw new GivebackRangeError(
        `Expected \`threadId\` to be that of a thread that has ended, got this thread's own, ${threadId}.`,
      );
    this.#dead.add(threadId);
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
