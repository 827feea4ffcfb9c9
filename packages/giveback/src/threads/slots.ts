import { GivebackError } from '../core/errors.ts';
import {
  MAX_SLOTS,
  RECLAIMED,
  RECLAIMED_WORDS,
  SLOT_TABLE,
  SLOT_WORDS,
  SLOTS,
  THREAD,
  TICKET,
  WAITING,
} from './layout.ts';

// A slot is a thread's place in the shared memory, and its number what stands in a block's STATE.
//
//   THREAD   0: free; n + 1: of the thread with the id n; −(n + 1): of that thread, which is dead
//   TICKET   its turn among those that wait, WANT the shelf that it waits for: see turns.ts
//   WAITING  how many of its acquires wait
//
// Slots are numbered from 1, because 0 is the owner of an idle block.

/** The first word of a slot. */
export function slotAt(slot: number): number {
  return SLOT_TABLE + (slot - 1) * SLOT_WORDS;
}

/** No slot after this one was ever in use. */
export function lastSlot(words: Int32Array): number {
  return Atomics.load(words, SLOTS);
}

/** The slot of a living thread; 0 if it has none. */
export function slotOf(words: Int32Array, threadId: number): number {
  const last = lastSlot(words);
  for (let slot = 1; slot <= last; slot++) if (isSlotOf(words, slot, threadId)) return slot;
  return 0;
}

export function isSlotOf(words: Int32Array, slot: number, threadId: number): boolean {
  return Atomics.load(words, slotAt(slot) + THREAD) === threadId + 1;
}

/** The id of the thread in that slot, dead or alive; undefined if it is free. */
export function threadIn(words: Int32Array, slot: number): number | undefined {
  const thread = Atomics.load(words, slotAt(slot) + THREAD);
  return thread === 0 ? undefined : Math.abs(thread) - 1;
}

/**
 * The slot of that thread, taking a free one where it has none. Two threads that register a third at
 * the same moment may find it two slots: `slotsToReclaim` finds both.
 *
 * A slot is counted before it is taken: had a thread that dies in between taken it first, nobody would
 * ever look there. One that is counted and free is found by the next thread that looks for a slot.
 */
export function register(words: Int32Array, threadId: number, name: string): number {
  const known = slotOf(words, threadId);
  if (known !== 0) return known;
  for (let slot = 1; slot <= MAX_SLOTS; slot++) {
    const at = slotAt(slot) + THREAD;
    const found = Atomics.load(words, at);
    if (found !== 0 && found !== threadId + 1) continue;
    for (let last = lastSlot(words); last < slot; last = lastSlot(words))
      Atomics.compareExchange(words, SLOTS, last, slot);
    const before = Atomics.compareExchange(words, at, 0, threadId + 1);
    if (before === 0 || before === threadId + 1) return slot;
  }
  throw new GivebackError(
    'ERR_GIVEBACK_BUDGET',
    `Expected at most ${MAX_SLOTS} threads to use recycler \`${name}\` at a time, got one more: reclaim those that are dead, or watch them.`,
  );
}

/** The slots of a dead thread, marked so that nobody puts anything on their account any more. */
export function slotsToReclaim(words: Int32Array, threadId: number): number[] {
  const found: number[] = [];
  const last = lastSlot(words);
  for (let slot = 1; slot <= last; slot++) {
    const at = slotAt(slot) + THREAD;
    const before = Atomics.compareExchange(words, at, threadId + 1, -(threadId + 1));
    if (Math.abs(before) === threadId + 1) found.push(slot);
  }
  return found;
}

/** Whether a slot that `slotsToReclaim` found is that thread's still. */
export function isOfDead(words: Int32Array, slot: number, threadId: number): boolean {
  return Atomics.load(words, slotAt(slot) + THREAD) === -(threadId + 1);
}

/** Lets go of a dead thread's slot whose account is empty, unless somebody else was faster. */
export function freeSlot(words: Int32Array, slot: number, threadId: number): void {
  if (!isOfDead(words, slot, threadId)) return;
  const at = slotAt(slot);
  // Should a successor be there by now, it is passed over once: see turns.ts.
  Atomics.store(words, at + TICKET, 0);
  Atomics.store(words, at + WAITING, 0);
  Atomics.compareExchange(words, at + THREAD, -(threadId + 1), 0);
}

/**
 * Remembers for all threads that this one was reclaimed: nothing is to be put on its account any more.
 * Ids rise, so it is forgotten no sooner than a thread dies whose id is 1,024 or more away.
 */
export function noteReclaimed(words: Int32Array, threadId: number): void {
  Atomics.store(words, RECLAIMED + (threadId % RECLAIMED_WORDS), threadId + 1);
}

export function wasReclaimed(words: Int32Array, threadId: number): boolean {
  return Atomics.load(words, RECLAIMED + (threadId % RECLAIMED_WORDS)) === threadId + 1;
}

/** How many acquires wait, in all threads. */
export function countWaiting(words: Int32Array): number {
  let count = 0;
  const last = lastSlot(words);
  for (let slot = 1; slot <= last; slot++) count += Atomics.load(words, slotAt(slot) + WAITING);
  return count;
}
