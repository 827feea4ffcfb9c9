import { GivebackRangeError } from '../errors.ts';
import { integer } from '../options.ts';
import { RECLAIMS } from './layout.ts';
import type { Lendings } from './lendings.ts';
import { freeSlot, isSlotOf, register, slotsToReclaim } from './slots.ts';
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
    let count = 0;
    for (const slot of slotsToReclaim(this.#words, threadId)) {
      count += this.#lendings.list.returnAll(slot);
      freeSlot(this.#words, slot);
    }
    Atomics.add(this.#words, RECLAIMS, count);
    wake(this.#words);
    return count;
  }

  /** This thread ends: its slot goes to the next one, unless blocks are on its account. */
  leave(): void {
    for (const slot of slotsToReclaim(this.#words, this.#own))
      if (!this.#lendings.list.hasAny(slot)) freeSlot(this.#words, slot);
  }
}

function deadThread(threadId: number): Error {
  return new GivebackRangeError(
    `Expected \`threadId\` to be that of a living thread, got ${threadId}, which was reclaimed.`,
  );
}
