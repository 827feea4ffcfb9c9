import {
  LAST_WAIT_NUMBER,
  SLOT_WORDS,
  WAIT_NUMBER,
  WAKE_UPS,
  WANTED_CLASS,
} from '../memory/layout.ts';
import { lastSlot, slotAt } from '../owners/thread-slots.ts';
import { isWaitedFor, setWaitedFor, wake } from './wake.ts';

/**
 * Milliseconds after which a waiting thread looks by itself, should its wake-up have been lost with a
 * thread that died; and after which a thread that has not taken the block it was next for is passed over.
 */
export const POLL_INTERVAL = 50;

/** The thread that waits. */
interface Waiting {
  /** Takes a slot if the thread has none, or has lost it. @returns it. */
  join(): number;
}

/**
 * The order in which waiting threads are served, as in Lamport's bakery (*A New Solution of Dijkstra's
 * Concurrent Programming Problem*, CACM 17(8), 1974): a thread that has to wait draws a number, and takes
 * no block that a thread with a lower number could take. Each number is good for one request.
 *
 * A thread may be dead, or its event loop blocked. So when a thread could take a block but for a lower
 * number, and that one's thread does not take it within `POLL_INTERVAL`, it is passed over: its number is
 * cleared, and it has to draw a new one.
 *
 * No wake-up is lost:
 *
 *   waiter:  writes its number; sets WAITED_FOR; reads WAKE_UPS; looks for an idle block;
 *            sleeps unless WAKE_UPS has changed
 *   giver:   makes the block idle; sets its path of bits; reads WAITED_FOR; if that is set,
 *            adds to WAKE_UPS and notifies
 *
 * All threads see these steps in one order (ECMA-262, *Memory Model*: Atomics are sequentially consistent).
 * If the giver reads WAITED_FOR as 0, the waiter looks after the block has become idle, and finds it,
 * unless another thread has it: that one will give it, or has put its bit back and then wakes as a giver
 * does. If the giver reads 1, it changes WAKE_UPS either after the waiter has read it, so the waiter does
 * not sleep; or before, and then the waiter's look finds the block. A thread may still die between two
 * steps: `reclaim` wakes in its place, and until then each sleep is bounded.
 *
 * WAITED_FOR is a flag, as a death could leave a count wrong for ever. Whoever wakes others clears it,
 * then looks for numbers, and sets it again if there is one.
 */
export class WaitOrder {
  readonly #words: Int32Array;
  readonly #thread: Waiting;
  /** The slot that holds its number. */
  #slot = 0;
  #number = 0;
  /** The lower number it found last, and when that is to be passed over. */
  #olderSlot = 0;
  #olderNumber = 0;
  #passOverAt = Infinity;

  constructor(words: Int32Array, thread: Waiting) {
    this.#words = words;
    this.#thread = thread;
  }

  /**
   * Begins to wait for a block of that class or a larger one, or goes on waiting.
   *
   * @returns WAKE_UPS, to sleep on.
   * @throws what `join` throws.
   */
  enter(sizeClass: number): number {
    const words = this.#words;
    this.#slot = this.#thread.join();
    const at = slotAt(this.#slot);
    Atomics.store(words, at + WANTED_CLASS, sizeClass);
    if (this.#number === 0 || Atomics.load(words, at + WAIT_NUMBER) !== this.#number) {
      // 0 is no number; after 2^32 they begin anew.
      do this.#number = (Atomics.add(words, LAST_WAIT_NUMBER, 1) + 1) | 0;
      while (this.#number === 0);
      Atomics.store(words, at + WAIT_NUMBER, this.#number);
    }
    setWaitedFor(words);
    return Atomics.load(words, WAKE_UPS);
  }

  /** Stops waiting, and wakes the next. */
  leave(): void {
    if (this.#number === 0) return;
    Atomics.compareExchange(this.#words, slotAt(this.#slot) + WAIT_NUMBER, this.#number, 0);
    this.#number = 0;
    this.#passOverAt = Infinity;
    if (isWaitedFor(this.#words)) wake(this.#words);
  }

  /** Whether this thread is the next to take an idle block of that class. */
  isNext(sizeClass: number): boolean {
    const older = this.#older(sizeClass);
    if (older === 0) return true;
    const number = Atomics.load(this.#words, slotAt(older) + WAIT_NUMBER);
    if (older !== this.#olderSlot || number !== this.#olderNumber) {
      this.#olderSlot = older;
      this.#olderNumber = number;
      this.#passOverAt = performance.now() + POLL_INTERVAL;
    } else if (performance.now() >= this.#passOverAt) {
      Atomics.compareExchange(this.#words, slotAt(older) + WAIT_NUMBER, number, 0);
      return this.isNext(sizeClass);
    }
    return false;
  }

  /** The slot with the lowest number below this thread's that waits for that class or a smaller one. */
  #older(sizeClass: number): number {
    const words = this.#words;
    const last = lastSlot(words);
    let oldest = this.#number;
    let found = 0;
    for (let slot = 1, at = slotAt(1); slot <= last; slot++, at += SLOT_WORDS) {
      const number = Atomics.load(words, at + WAIT_NUMBER);
      if (number === 0 || slot === this.#slot || ((number - oldest) | 0) >= 0) continue;
      if (Atomics.load(words, at + WANTED_CLASS) > sizeClass) continue;
      oldest = number;
      found = slot;
    }
    return found;
  }
}
