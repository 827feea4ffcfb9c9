import { SLOT_WORDS, TICKET, TICKETS, WAITED_FOR, WAKE, WANT } from './layout.ts';
import { lastSlot, slotAt } from './slots.ts';

/** Milliseconds that a thread has to take its turn in, and after which one that waits looks by itself. */
export const PATIENCE = 50;

/**
 * Whose turn it is among the threads that wait for a block. A thread that has to wait draws a ticket,
 * and takes nothing that one with an older ticket waits for as well. So threads take turns,
 * each one request at a time, in the order they came.
 *
 * A thread may be dead, or its event loop blocked. So one that has not taken an idle block `PATIENCE` after
 * another was ready to is passed over: its ticket is torn up, and it has to draw a new one.
 *
 * No wake-up is lost:
 *
 *   waits:  writes its ticket; sets WAITED_FOR; reads WAKE; looks at every block's state;
 *           sleeps unless WAKE has changed
 *   gives:  writes the block's state; reads WAITED_FOR; if set, adds to WAKE and notifies
 *
 * These are in one order for all threads (ECMA-262, *Memory Model*: Atomics are sequentially
 * consistent). If the giver read 0, its block was idle before the waiter looked. If not, WAKE
 * changes after the waiter has read it, or before, and then the block was idle when it looked. What is
 * left is a giver that dies between its two steps: hence a bounded sleep.
 *
 * WAITED_FOR is a flag and not a count, which a death could leave wrong for ever: who
 * wakes clears it, then looks for tickets, and sets it again if there is one.
 */
export class Turns {
  readonly #words: Int32Array;
  readonly #at: number;
  #mine = 0;
  #olderSlot = 0;
  #olderTicket = 0;
  #passOverAt = Infinity;

  constructor(words: Int32Array, slot: number) {
    this.#words = words;
    this.#at = slotAt(slot);
  }

  /** Waits for a block of that shelf or a larger one from now on. @returns WAKE, to sleep on. */
  enter(shelf: number): number {
    const words = this.#words;
    Atomics.store(words, this.#at + WANT, shelf);
    if (this.#mine === 0 || Atomics.load(words, this.#at + TICKET) !== this.#mine) {
      // 0 is no ticket; after 2^32 they begin anew.
      do this.#mine = (Atomics.add(words, TICKETS, 1) + 1) | 0;
      while (this.#mine === 0);
      Atomics.store(words, this.#at + TICKET, this.#mine);
    }
    Atomics.store(words, WAITED_FOR, 1);
    return Atomics.load(words, WAKE);
  }

  /** Waits no more; the next one's turn has come. */
  leave(): void {
    if (this.#mine === 0) return;
    Atomics.compareExchange(this.#words, this.#at + TICKET, this.#mine, 0);
    this.#mine = 0;
    this.#passOverAt = Infinity;
    wake(this.#words);
  }

  /** Whether a block of that shelf, which is idle, is for this thread to take. */
  isMine(shelf: number): boolean {
    const older = this.#older(shelf);
    if (older === 0) return true;
    const ticket = Atomics.load(this.#words, slotAt(older) + TICKET);
    if (older !== this.#olderSlot || ticket !== this.#olderTicket) {
      this.#olderSlot = older;
      this.#olderTicket = ticket;
      this.#passOverAt = performance.now() + PATIENCE;
    } else if (performance.now() >= this.#passOverAt) {
      Atomics.compareExchange(this.#words, slotAt(older) + TICKET, ticket, 0);
      return this.isMine(shelf);
    }
    return false;
  }

  /** The slot with the oldest ticket that is older than this thread's and content with that shelf. */
  #older(shelf: number): number {
    const words = this.#words;
    const last = lastSlot(words);
    let oldest = this.#mine;
    let found = 0;
    for (let slot = 1, at = slotAt(1); slot <= last; slot++, at += SLOT_WORDS) {
      const ticket = Atomics.load(words, at + TICKET);
      if (ticket === 0 || at === this.#at || ((ticket - oldest) | 0) >= 0) continue;
      if (Atomics.load(words, at + WANT) > shelf) continue;
      oldest = ticket;
      found = slot;
    }
    return found;
  }
}

/** Whether somebody waits: a newcomer that may wait as well does not go first. */
export function isWaitedFor(words: Int32Array): boolean {
  return Atomics.load(words, WAITED_FOR) !== 0;
}

/** A block is idle, or a turn is over: whoever waits looks again. */
export function wake(words: Int32Array): void {
  if (!isWaitedFor(words)) return;
  Atomics.store(words, WAITED_FOR, 0);
  if (!hasTicket(words)) return;
  Atomics.store(words, WAITED_FOR, 1);
  wakeAll(words);
}

export function wakeAll(words: Int32Array): void {
  Atomics.add(words, WAKE, 1);
  Atomics.notify(words, WAKE);
}

function hasTicket(words: Int32Array): boolean {
  const last = lastSlot(words);
  for (let slot = 1; slot <= last; slot++)
    if (Atomics.load(words, slotAt(slot) + TICKET) !== 0) return true;
  return false;
}
