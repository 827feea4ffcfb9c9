import {
  MAX_SLOTS,
  SLOT_TABLE,
  SLOT_WORDS,
  SLOTS,
  THREAD,
  WAIT_NUMBER,
  WAITING,
} from '../memory/layout.ts';

// A slot is a thread's place in the shared memory. Its number is the OWNER in the state of each block that
// the thread owns.
//
//                register                markGone              freeSlot
//   THREAD   0 ───────────▶ id + 1 ────────────────▶ −(id + 1) ─────────▶ 0
//          free             living                gone, owns blocks       free
//
// A slot is freed only when it owns nothing, so no owner is mistaken for another.

/** The first word of a slot. */
export function slotAt(slot: number): number {
  return SLOT_TABLE + (slot - 1) * SLOT_WORDS;
}

/** The last slot that was ever used, or a later one. */
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

/** The id of the thread that has the slot, living or gone; undefined if the slot is free. */
export function threadIn(words: Int32Array, slot: number): number | undefined {
  const thread = Atomics.load(words, slotAt(slot) + THREAD);
  return thread === 0 ? undefined : Math.abs(thread) - 1;
}

/**
 * Takes a free slot for that thread, but none of `avoided`; 0 if none is free. A thread may have several,
 * because each of its recycler objects has its own and leaves it without affecting the others.
 *
 * A slot is counted before it is taken: if a thread took it first and died before counting it, nobody would
 * ever look there. A slot that is counted but free is taken by the next thread that needs one.
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
 * Marks a slot whose thread is gone, so that no other thread takes it while it owns blocks.
 *
 * @returns whether it is that thread's slot, marked now or before.
 */
export function markSlotGone(words: Int32Array, slot: number, threadId: number): boolean {
  const at = slotAt(slot) + THREAD;
  const before = Atomics.compareExchange(words, at, threadId + 1, -(threadId + 1));
  return Math.abs(before) === threadId + 1;
}

/** Marks all slots of a thread that is gone. @returns all that are marked, now or before. */
export function markGone(words: Int32Array, threadId: number): number[] {
  const found: number[] = [];
  const last = lastSlot(words);
  for (let slot = 1; slot <= last; slot++)
    if (markSlotGone(words, slot, threadId)) found.push(slot);
  return found;
}

/** Whether the thread has that slot and is not marked as gone. */
export function isOfLiving(words: Int32Array, slot: number, threadId: number): boolean {
  return slot !== 0 && Atomics.load(words, slotAt(slot) + THREAD) === threadId + 1;
}

/** Whether a slot that was marked still belongs to that thread. */
export function isOfGone(words: Int32Array, slot: number, threadId: number): boolean {
  return Atomics.load(words, slotAt(slot) + THREAD) === -(threadId + 1);
}

/** Every slot that is marked, with the id of its thread. */
export function goneSlots(words: Int32Array): { slot: number; threadId: number }[] {
  const found: { slot: number; threadId: number }[] = [];
  const last = lastSlot(words);
  for (let slot = 1; slot <= last; slot++) {
    const thread = Atomics.load(words, slotAt(slot) + THREAD);
    if (thread < 0) found.push({ slot, threadId: -thread - 1 });
  }
  return found;
}

/** Frees a marked slot that owns nothing, unless another thread has done so. */
export function freeSlot(words: Int32Array, slot: number, threadId: number): void {
  if (!isOfGone(words, slot, threadId)) return;
  const at = slotAt(slot);
  // If another thread has taken the slot meanwhile, it is passed over once: see wait-order.ts.
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
