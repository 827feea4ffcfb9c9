import { SLOT_WORDS, STATUS, TURN, WAITED_FOR, WAKE_UPS } from '../memory/layout.ts';
import { lastSlot, slotAt } from '../owners/thread-slots.ts';

/** Whether somebody waits: a newcomer that may wait as well does not go first. */
export function isWaitedFor(words: Int32Array): boolean {
  return (Atomics.load(words, STATUS) & WAITED_FOR) !== 0;
}

/** From now on, who gives a block wakes those that wait. */
export function setWaitedFor(words: Int32Array): void {
  Atomics.or(words, STATUS, WAITED_FOR);
}

/** Where somebody may wait, and a block is idle or a turn is over: whoever waits looks again. */
export function wake(words: Int32Array): void {
  Atomics.and(words, STATUS, ~WAITED_FOR);
  if (!hasTurn(words)) return;
  setWaitedFor(words);
  wakeAll(words);
}

export function wakeAll(words: Int32Array): void {
  Atomics.add(words, WAKE_UPS, 1);
  Atomics.notify(words, WAKE_UPS);
}

function hasTurn(words: Int32Array): boolean {
  const last = lastSlot(words);
  for (let slot = 1, at = slotAt(1); slot <= last; slot++, at += SLOT_WORDS)
    if (Atomics.load(words, at + TURN) !== 0) return true;
  return false;
}
