import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_SLOTS, THREAD } from '../../src/threads/layout.ts';
import { freeSlot, lastSlot, register, slotAt, slotsToReclaim } from '../../src/threads/slots.ts';
import { makeMemory } from './helpers/simulated.ts';
import { dieAt, interruptAt } from './helpers/step.ts';

/** All slots in use, wherever they are. */
function inUse(words: Int32Array): number[] {
  const slots = Array.from({ length: MAX_SLOTS }, (_, index) => index + 1);
  return slots.filter((slot) => words[slotAt(slot) + THREAD] !== 0);
}

function reclaim(words: Int32Array, threadId: number): void {
  for (const slot of slotsToReclaim(words, threadId)) freeSlot(words, slot, threadId);
}

for (const others of [0, 1, 2])
  test(`death at any step of registering beside ${others} others leaves no slot that nobody finds`, () => {
    let died = true;
    for (let step = 0; died; step++) {
      const { words } = makeMemory(1);
      for (let id = 1; id <= others; id++) register(words, id, 'mine');
      // A place between them is free.
      if (others === 2) reclaim(words, 1);
      const before = inUse(words);
      died = dieAt(step, () => register(words, 7, 'mine'));
      assert.ok(inUse(words).every((slot) => slot <= lastSlot(words)));
      reclaim(words, 7);
      assert.deepEqual(inUse(words), before, `step ${step}`);
    }
  });

test('a slot that another takes first, or that another finds for the same thread', () => {
  for (const [second, slots] of [
    [8, 2],
    [7, 1],
  ] as const)
    for (let at = 0, more = true; more; at++) {
      const { words } = makeMemory(1);
      const found: number[] = [];
      const find = (id: number) => found.push(register(words, id, 'mine'));
      more = interruptAt(
        at,
        () => find(7),
        () => find(second),
      );
      if (!more) find(second);
      assert.deepEqual(new Set(inUse(words)), new Set(found));
      assert.equal(new Set(found).size, slots, `step ${at}`);
      for (const id of [7, second]) reclaim(words, id);
      assert.deepEqual(inUse(words), []);
    }
});

test('when all slots are taken, one more thread is told so, and served once one is free', () => {
  const { words } = makeMemory(1);
  for (let id = 1; id <= MAX_SLOTS; id++) assert.equal(register(words, id, 'mine'), id);
  assert.throws(() => register(words, 5000, 'mine'), {
    code: 'ERR_GIVEBACK_BUDGET',
    message: /^Expected at most 1022 threads to use recycler `mine` at a time, got one more/,
  });
  reclaim(words, 500);
  assert.equal(register(words, 5000, 'mine'), 500);
});
