import {
  MAX_SLOTS,
  SLOT_TABLE,
  SLOT_WORDS,
  SLOTS,
  THREAD,
  WAIT_NUMBER,
  WAITING,
} from '../memory/layout.ts';

// A slot is a thread's place in the shared memory, and its number what stands as OWNER in the state of
// each block that the thread has.
//
//                register                markGone              freeSlot
//   THREAD   0 ───────────▶ id + 1 ────────────────▶ −(id + 1) ─────────▶ 0
//          free             living                gone, owns blocks       free
//
// A slot is freed only when it owns nothing, so an owner is never taken for another.

/** The first word of a slot. */
export function slotAt(slot: number): number {
  return SLOT_TABLE + (slot - 1) * SLOT_WORDS;
}

/** No slot after this one was ever in use. */
export function lastSlot(words: Int32Array): number {
  return Math.min(Atomics.load(words, SLOTS), MAX_SLOTS);
}

/** The slot of a living thread; 0 if it has none. */
export function slotOf(words: Int32Array, threadId: number): number {
  const last = lastSlot(words);
  for (let slot = 1; slot <= last; slot++)
    if (Atomics.load(words, slotAt(slot) + THREAD) === threadId + 1) return slot;
  return 0;
}

/** The id of the thread in that slot, living or gone; undefined if the slot is free. */
export function threadIn(words: Int32Array, slot: number): number | undefined {
  const thread = Atomics.load(words, slotAt(slot) + THREAD);
  return thread === 0 ? undefined : Math.abs(thread) - 1;
}

/**
 * Takes a free slot for that thread, but none of `avoided`; 0 if none is free. A thread may have several:
 * each recycler object of it has its own, so that one of them that leaves takes no other's with it.
 *
 * A slot is counted before it is taken: if a thread that dies in between had taken it first, nobody
 * would ever look there. One that is counted and free is found by the next thread that looks for a slot.
 */
export function register(
  words: Int32Array,
  threadId: number,
  avoided?: ReadonlySet<number>,
): number {
  for (let slot = 1; slot <= MAX_SLOTS; slot++) {
    const at = slotAt(slot) + THREAD;
    if (Atomics.load(words, at) !== 0 || avoided?.has(slot)) continue;
    for (let last = lastSlot(words); last < slot; last = lastSlot(words))
      Atomics.compareExchange(words, SLOTS, last, slot);
    if (Atomics.compareExchange(words, at, 0, threadId + 1) === 0) return slot;
  }
  return 0;
}

/**
 * Marks a slot whose owner is gone, so that it does not become another's while it owns blocks.
 *
 * @returns whether it is that thread's, marked now or before.
 */
export function markSlotGone(words: Int32Array, slot: number, threadId: number): boolean {
  const at = slotAt(slot) + THREAD;
  const before = Atomics.compareExchange(words, at, threadId + 1, -(threadId + 1));
  return Math.abs(before) === threadId + 1;
}

/** Marks all slots of a thread that is gone. @returns them, and those that were marked before. */
export function markGone(words: Int32Array, threadId: number): number[] {
  const found: number[] = [];
  const last = lastSlot(words);
  for (let slot = 1; slot <= last; slot++)
    if (markSlotGone(words, slot, threadId)) found.push(slot);
  return found;
}

/** Whether a slot is that thread's, and nobody has found the thread to be gone. */
export function isOfLiving(words: Int32Array, slot: number, threadId: number): boolean {
  return slot !== 0 && Atomics.load(words, slotAt(slot) + THREAD) === threadId + 1;
}

/** Whether a slot that `markGone` found is that thread's still. */
export function isOfGone(words: Int32Array, slot: number, threadId: number): boolean {
  return Atomics.load(words, slotAt(slot) + THREAD) === -(threadId + 1);
}

/** Every slot whose thread is gone, with the thread's id. */
export function goneSlots(words: Int32Array): { slot: number; threadId: number }[] {
  const found: { slot: number; threadId: number }[] = [];
  const last = lastSlot(words);
  for (let slot = 1; slot <= last; slot++) {
    const thread = Atomics.load(words, slotAt(slot) + THREAD);
    if (thread < 0) found.push({ slot, threadId: -thread - 1 });
  }
  return found;
}

/** Lets go of the slot of a thread that is gone and owns nothing, unless somebody else was faster. */
export function freeSlot(words: Int32Array, slot: number, threadId: number): void {
  if (!isOfGone(words, slot, threadId)) return;
  const at = slotAt(slot);
  // Should a successor be there by now, it is passed over once: see wait-order.ts.
  Atomics.store(words, at + WAIT_NUMBER, 0);
  Atomics.store(words, at + WAITING, 0);
  Atomics.compareExchange(words, at + THREAD, -(threadId + 1), 0);
}

/** How many acquires wait, in all threads. */
export function countWaiting(words: Int32Array): number {
  let count = 0;
  const last = lastSlot(words);
  for (let slot = 1; slot <= last; slot++) count += Atomics.load(words, slotAt(slot) + WAITING);
  return count;
}
