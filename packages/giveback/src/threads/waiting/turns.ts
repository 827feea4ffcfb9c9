import { SLOT_WORDS, TURN, TURNS, WAKE_UPS, WANTED_CLASS } from '../memory/layout.ts';
import { lastSlot, slotAt } from '../owners/thread-slots.ts';
import { isWaitedFor, setWaitedFor, wake } from './wake.ts';

/** Milliseconds that a thread has to take its turn in, and after which one that waits looks by itself. */
export const PATIENCE = 50;

/** A thread, as one that waits. */
interface Joins {
  /** Takes a slot if the thread has none, or has lost it. @returns it. */
  join(): number;
}

/**
 * Whose turn it is among the threads that wait for a block. A thread that has to wait draws a number, and
 * takes nothing that one with a lower number waits for as well. So threads take turns, each one
 * request at a time, in the order they came.
 *
 * A thread may be dead, or its event loop blocked. So one that has not taken an idle block `PATIENCE` after
 * another was ready to is passed over: its number is taken from it, and it has to draw a new one.
 *
 * No wake-up is lost:
 *
 *   waits:  writes its number; sets WAITED_FOR; reads WAKE_UPS; looks for an idle block;
 *           sleeps unless WAKE_UPS has changed
 *   gives:  makes the block idle; sets its path of bits; reads WAITED_FOR; if that is set,
 *           adds to WAKE_UPS and notifies
 *
 * These are in one order for all threads (ECMA-262, *Memory Model*: Atomics are sequentially
 * consistent). If the giver read 0, the block could be found before the waiter looked, unless another
 * thread has it, which will give it, or has put its bit back, and then wakes as a giver does. If the
 * giver read 1, WAKE_UPS changes after the waiter has read it, or before, and then the block could be found
 * when it looked. What is left is a thread that dies between two steps: `reclaim` wakes for it, and until
 * then a sleep is bounded.
 *
 * WAITED_FOR is a flag and not a count, which a death could leave wrong for ever: who wakes clears it,
 * then looks for numbers, and sets it again if there is one.
 */
export class Turns {
  readonly #words: Int32Array;
  readonly #thread: Joins;
  /** The slot in which its number stands. */
  #slot = 0;
  #mine = 0;
  #olderSlot = 0;
  #olderTurn = 0;
  #passOverAt = Infinity;

  constructor(words: Int32Array, thread: Joins) {
    this.#words = words;
    this.#thread = thread;
  }

  /**
   * Waits for a block of that class or a larger one from now on.
   *
   * @returns WAKE_UPS, to sleep on.
   * @throws what `join` throws.
   */
  enter(sizeClass: number): number {
    const words = this.#words;
    this.#slot = this.#thread.join();
    const at = slotAt(this.#slot);
    Atomics.store(words, at + WANTED_CLASS, sizeClass);
    if (this.#mine === 0 || Atomics.load(words, at + TURN) !== this.#mine) {
      // 0 is no number; after 2^32 they begin anew.
      do this.#mine = (Atomics.add(words, TURNS, 1) + 1) | 0;
      while (this.#mine === 0);
      Atomics.store(words, at + TURN, this.#mine);
    }
    setWaitedFor(words);
    return Atomics.load(words, WAKE_UPS);
  }

  /** Waits no more; the next one's turn has come. */
  leave(): void {
    if (this.#mine === 0) return;
    Atomics.compareExchange(this.#words, slotAt(this.#slot) + TURN, this.#mine, 0);
    this.#mine = 0;
    this.#passOverAt = Infinity;
    if (isWaitedFor(this.#words)) wake(this.#words);
  }

  /** Whether a block of that class, which is idle, is for this thread to take. */
  isMine(sizeClass: number): boolean {
    const older = this.#older(sizeClass);
    if (older === 0) return true;
    const turn = Atomics.load(this.#words, slotAt(older) + TURN);
    if (older !== this.#olderSlot || turn !== this.#olderTurn) {
      this.#olderSlot = older;
      this.#olderTurn = turn;
      this.#passOverAt = performance.now() + PATIENCE;
    } else if (performance.now() >= this.#passOverAt) {
      Atomics.compareExchange(this.#words, slotAt(older) + TURN, turn, 0);
      return this.isMine(sizeClass);
    }
    return false;
  }

  /** The slot with the oldest number that is older than this thread's and content with that class. */
  #older(sizeClass: number): number {
    const words = this.#words;
    const last = lastSlot(words);
    let oldest = this.#mine;
    let found = 0;
    for (let slot = 1, at = slotAt(1); slot <= last; slot++, at += SLOT_WORDS) {
      const turn = Atomics.load(words, at + TURN);
      if (turn === 0 || slot === this.#slot || ((turn - oldest) | 0) >= 0) continue;
      if (Atomics.load(words, at + WANTED_CLASS) > sizeClass) continue;
      oldest = turn;
      found = slot;
    }
    return found;
  }
}
