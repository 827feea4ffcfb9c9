import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecycledBuffer } from '../../src/leasing/recycled-buffer.ts';
import { BlockTable } from '../../src/threads/blocks/block-table.ts';
import { MAX_SLOTS, THREAD } from '../../src/threads/memory/layout.ts';
import { Ownership } from '../../src/threads/owners/ownership.ts';
import {
  freeSlot,
  lastSlot,
  markGone,
  register,
  slotAt,
} from '../../src/threads/owners/thread-slots.ts';
import type { BufferTicket } from '../../src/threads/ticket.ts';
import { makeMemory, SimulatedThread } from './helpers/simulated.ts';
import { dieAt, interruptAt } from './helpers/step.ts';

/** All slots in use, wherever they are. */
function inUse(words: Int32Array): number[] {
  const slots = Array.from({ length: MAX_SLOTS }, (_, index) => index + 1);
  return slots.filter((slot) => words[slotAt(slot) + THREAD] !== 0);
}

function reclaim(words: Int32Array, threadId: number): void {
  for (const slot of markGone(words, threadId)) freeSlot(words, slot, threadId);
}

for (const others of [0, 1, 2])
  test(`death at any step of registering beside ${others} others leaves no slot that nobody finds`, () => {
    let died = true;
    for (let step = 0; died; step++) {
      const { words } = makeMemory(1);
      for (let id = 1; id <= others; id++) register(words, id);
      // A place between them is free.
      if (others === 2) reclaim(words, 1);
      const before = inUse(words);
      died = dieAt(step, () => register(words, 7));
      assert.ok(inUse(words).every((slot) => slot <= lastSlot(words)));
      reclaim(words, 7);
      assert.deepEqual(inUse(words), before, `step ${step}`);
    }
  });

test('a slot that another thread takes first', () => {
  for (let at = 0, more = true; more; at++) {
    const { words } = makeMemory(1);
    const found: number[] = [];
    more = interruptAt(
      at,
      () => found.push(register(words, 7)),
      () => found.push(register(words, 8)),
    );
    if (!more) found.push(register(words, 8));
    assert.deepEqual(new Set(inUse(words)), new Set(found));
    assert.equal(new Set(found).size, 2, `step ${at}`);
    for (const id of [7, 8]) reclaim(words, id);
    assert.deepEqual(inUse(words), []);
  }
});

test('when all slots are taken, one more thread is told so, and served once one is free', () => {
  const memory = makeMemory(2);
  const { words } = memory;
  for (let id = 1; id <= MAX_SLOTS; id++) assert.equal(register(words, id), id);
  const late = new SimulatedThread(memory, 5000);
  assert.throws(() => late.take(), {
    code: 'ERR_GIVEBACK_BUDGET',
    message: /^Expected at most 1022 threads to use recycler `simulated` at a time, got one more/,
  });
  reclaim(words, 500);
  assert.ok(late.take());
  assert.equal(late.slot, 500);
});

test('a thread that leaves keeps its slot as long as it owns something, and no longer', () => {
  const memory = makeMemory(3);
  const [one, other] = [new SimulatedThread(memory, 1), new SimulatedThread(memory, 2)];
  const [first, second] = [one.take(), one.take()] as [RecycledBuffer, RecycledBuffer];
  const { ownership } = one.leases;
  ownership.leave();
  assert.ok(ownership.isLeaving);
  assert.equal(other.slot, 2, 'the first slot is not free');
  one.give(second);
  ownership.leave();
  assert.ok(ownership.isLeaving);
  one.give(first);
  ownership.leave();
  assert.ok(!ownership.isLeaving);
  assert.deepEqual(inUse(memory.words), [2]);
  const again = one.take() as RecycledBuffer;
  assert.ok(again && one.slot === 1, 'it can come back');
  assert.ok(one.give(again));
  assert.equal(other.countIdle(), 3);
});

test('what an ending thread gives last, and what others have of it, uses up no slots', () => {
  const memory = makeMemory(2);
  const keeper = new SimulatedThread(memory, 1);
  assert.equal(keeper.slot, 1);
  for (let id = 2; id < 3 * MAX_SLOTS; id++) {
    const worker = new SimulatedThread(memory, id);
    const [mine, sent] = [worker.take(), worker.take()] as [RecycledBuffer, RecycledBuffer];
    const ticket = worker.send(sent) as BufferTicket;
    worker.leases.ownership.end();
    assert.ok(worker.leases.ownership.isLeaving);
    // As an `exit` handler may do.
    worker.give(mine);
    worker.leases.ownership.leave();
    const adopted = keeper.adopt(ticket) as RecycledBuffer;
    assert.ok(adopted && keeper.give(adopted), `thread ${id}`);
  }
  assert.equal(keeper.countIdle(), 2);
});

test('a thread that gets something when it has left already is found a place, and leaves it too', () => {
  const memory = makeMemory(1);
  const [one, other] = [new SimulatedThread(memory, 1), new SimulatedThread(memory, 2)];
  one.give(one.take() as RecycledBuffer);
  one.leases.ownership.end();
  assert.deepEqual(inUse(memory.words), []);
  const late = one.take() as RecycledBuffer;
  assert.equal(one.owned, 1);
  one.give(late);
  one.leases.ownership.leave();
  assert.deepEqual(inUse(memory.words), []);
  assert.equal(other.countIdle(), 1);
});

test('of two recycler objects of one thread, each leaves its own slot', () => {
  const memory = makeMemory(4);
  const { words } = memory;
  const own = (): Ownership =>
    new Ownership(words, new BlockTable(memory), { name: 'own', thread: 7, onLeft() {} });
  const [old, next] = [own(), own()];
  old.join();
  next.join();
  const left = old.slot;
  assert.notEqual(left, next.slot);
  // Again after each give, and when it is collected.
  for (let times = 0; times < 3; times++) old.leave();
  assert.deepEqual(inUse(words), [next.slot]);
  assert.equal(words[slotAt(next.slot) + THREAD], 8, 'alive');
  assert.deepEqual(markGone(words, 7), [next.slot], 'what reclaim finds');
});

test('a slot that another has freed, and a third has taken, is not freed once more', () => {
  for (let step = 0, more = true; more; step++) {
    const { words } = makeMemory(1);
    const slot = register(words, 7);
    markGone(words, 7);
    const succeed = (): void => {
      freeSlot(words, slot, 7);
      assert.equal(register(words, 8), slot);
    };
    more = interruptAt(step, () => freeSlot(words, slot, 7), succeed);
    if (more) assert.equal(words[slotAt(slot) + THREAD], 9, `step ${step}`);
  }
});
