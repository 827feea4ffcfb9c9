import { SLOT_WORDS, STATUS, WAIT_NUMBER, WAITED_FOR, WAKE_UPS } from '../memory/layout.ts';
import { lastSlot, slotAt } from '../owners/thread-slots.ts';

/** Whether a thread may be waiting. A newcomer that can wait goes behind it. */
export function isWaitedFor(words: Int32Array): boolean {
  return (Atomics.load(words, STATUS) & WAITED_FOR) !== 0;
}

/** From now on, every give of a block wakes those that wait. */
export function setWaitedFor(words: Int32Array): void {
  Atomics.or(words, STATUS, WAITED_FOR);
}

/** Called when a block is idle, or a thread has stopped waiting: those that wait look again. */
export function wake(words: Int32Array): void {
  Atomics.and(words, STATUS, ~WAITED_FOR);
  if (!hasWaiter(words)) return;
  setWaitedFor(words);
  wakeAll(words);
}

/** Wakes every thread that sleeps on WAKE_UPS. */
export function wakeAll(words: Int32Array): void {
  Atomics.add(words, WAKE_UPS, 1);
  Atomics.notify(words, WAKE_UPS);
}

function hasWaiter(words: Int32Array): boolean {
  const last = lastSlot(words);
  for (let slot = 1, at = slotAt(1); slot <= last; slot++, at += SLOT_WORDS)
    if (Atomics.load(words, at + WAIT_NUMBER) !== 0) return true;
  return false;
}
