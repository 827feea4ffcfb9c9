import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecycledBuffer } from '../../src/leasing/recycled-buffer.ts';
import type { BufferTicket } from '../../src/threads/ticket.ts';
import { isSoak } from '../helpers/soak.ts';
import { type Actor, Exploration } from './helpers/explore.ts';
import { countLent, makeMemory, SimulatedThread } from './helpers/simulated.ts';
import { dieAt, type Hook, watched, withHook } from './helpers/step.ts';

/** A thread that takes so many blocks, the lowest first, and gives back those with these numbers. */
function holdAllBut(thread: SimulatedThread, blocks: number, given: readonly number[]): void {
  const held = Array.from({ length: blocks }, () => thread.take() as RecycledBuffer);
  assert.equal(thread.take(), undefined);
  for (const number of given) assert.ok(thread.give(held[number] as RecycledBuffer));
}

for (const blocks of [1, 31, 32, 33, 1024, 1025, 32_769])
  test(`each of ${blocks} blocks is found, the lowest first, whichever are idle`, () => {
    const memory = makeMemory(blocks);
    const [holder, other] = [1, 2].map((id) => new SimulatedThread(memory, id)) as [
      SimulatedThread,
      SimulatedThread,
    ];
    const given = [...new Set([0, 30, 31, 32, 33, 1023, 1024, 1025, blocks - 1])]
      .filter((number) => number < blocks)
      .sort((a, b) => a - b);
    holdAllBut(holder, blocks, given.toReversed());
    const start = memory.layout.classes[0]?.start ?? 0;
    const found: number[] = [];
    for (let buffer = other.take(); buffer !== undefined; buffer = other.take())
      found.push((buffer.byteOffset - start) / 64);
    assert.deepEqual(found, given);
  });

test('bits of lent blocks are taken out once, not looked at again and again', () => {
  const blocks = 32_769;
  const memory = makeMemory(blocks);
  const [holder, other] = [1, 2].map((id) => new SimulatedThread(memory, id)) as [
    SimulatedThread,
    SimulatedThread,
  ];
  const held = Array.from({ length: blocks }, () => holder.take() as RecycledBuffer);
  // Each is given, its bit is set, and got again by the thread that remembers it: the bit stays.
  for (const buffer of held) {
    assert.ok(holder.give(buffer));
    assert.ok(holder.take());
  }
  const steps = [0, 1].map(() => {
    let count = 0;
    const counted: Hook = ({ perform }) => {
      count++;
      return perform();
    };
    withHook(counted, () => assert.equal(other.take(), undefined));
    return count;
  }) as [number, number];
  assert.ok(steps[0] > blocks && steps[1] < 10, `${steps} steps`);
});

test('the first get of a thread takes a handful of steps, however many blocks there are, and are lent', () => {
  for (const blocks of [1, 33, 1025, 32_769, 200_000]) {
    const memory = makeMemory(blocks);
    const holder = new SimulatedThread(memory, 1);
    for (const lent of [0, blocks >> 1]) {
      while (countLent(memory) < lent) for (let more = 0; more < lent; more++) holder.take();
      const fresh = new SimulatedThread(watched(memory), 2 + lent);
      let steps = 0;
      const counted: Hook = ({ perform }) => {
        steps++;
        return perform();
      };
      withHook(counted, () => fresh.take());
      assert.ok(steps < 40, `${steps} steps of ${blocks} blocks`);
    }
  }
});

test('a block that a thread has adopted is not taken again because the thread remembers having given it', () => {
  const memory = makeMemory(1);
  const [one, other] = [1, 2].map((id) => new SimulatedThread(memory, id)) as [
    SimulatedThread,
    SimulatedThread,
  ];
  one.give(one.take() as RecycledBuffer);
  const ticket = other.send(other.take() as RecycledBuffer) as BufferTicket;
  const adopted = one.adopt(ticket) as RecycledBuffer;
  assert.equal(one.take(), undefined);
  assert.ok(one.give(adopted));
  assert.equal(one.countIdle(), 1);
});

// Two words of bits, and one above them. All but the last two blocks are lent, so that the word above is
// read, found wrong, and written.
const BLOCKS = 34;
const give: Actor<RecycledBuffer> = {
  id: 1,
  prepare: (thread) => {
    const held = Array.from({ length: BLOCKS }, () => thread.take() as RecycledBuffer);
    return held.at(-1) as RecycledBuffer;
  },
  act: (thread, buffer) => void thread.give(buffer),
};
const get = (id: number): Actor<RecycledBuffer> => ({
  id,
  act: (thread, _, mail) => {
    if (thread.take() !== undefined) mail[id] = 1;
  },
});
const look = (id: number): Actor<RecycledBuffer> => ({
  id,
  act: (thread) => void thread.leases.classes[0]?.hasIdle(() => {}),
});
const getAndGive = (id: number): Actor<RecycledBuffer> => ({
  id,
  act: (thread) => {
    const buffer = thread.take();
    if (buffer !== undefined) thread.give(buffer);
  },
});

const groups: [what: string, actors: Actor<RecycledBuffer>[], skip?: boolean][] = [
  ['a get', [give, get(2)]],
  ['a get and a give', [give, getAndGive(2)]],
  ['a get and a look', [give, get(2), look(3)]],
  // Half a minute.
  ['two gets', [give, get(2), get(3)], !isSoak],
];
for (const [what, actors, skip = false] of groups)
  test(`whichever steps of a give coincide with those of ${what}, the block is got or can be found`, {
    skip,
  }, () => {
    const memory = makeMemory(BLOCKS);
    const exploration = new Exploration<RecycledBuffer>(memory, actors);
    exploration.run(({ mail }) => {
      const got = (mail[2] as number) + (mail[3] as number);
      assert.ok(got <= 1, 'once');
      assert.equal(new SimulatedThread(memory, 9).countIdle(), 1 - got);
    });
    assert.ok(exploration.states > 50, `${exploration.states} states`);
  });

test('whichever step of its giving a thread dies at, the block can be found when it was reclaimed', () => {
  for (let step = 0, died = true; died; step++) {
    const memory = makeMemory(BLOCKS);
    const [holder, heir] = [1, 2].map((id) => new SimulatedThread(memory, id)) as [
      SimulatedThread,
      SimulatedThread,
    ];
    for (let taken = 1; taken < BLOCKS; taken++) assert.ok(holder.take());
    const mortal = new SimulatedThread(watched(memory), 3);
    const last = mortal.take() as RecycledBuffer;
    // Now nothing on the way to it is set.
    assert.equal(heir.take(), undefined);
    died = dieAt(step, () => mortal.give(last));
    heir.reclaim(mortal);
    assert.equal(heir.countIdle(), 1, `step ${step}`);
  }
});
