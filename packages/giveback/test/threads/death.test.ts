import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecycledBuffer } from '../../src/leasing/recycled-buffer.ts';
import { DISCARDED } from '../../src/threads/memory/block-state.ts';
import type { SharedMemory } from '../../src/threads/memory/shared-memory.ts';
import { statsOf } from '../../src/threads/stats.ts';
import type { BufferTicket } from '../../src/threads/ticket.ts';
import { makeMemory, owners, SimulatedThread } from './helpers/simulated.ts';
import { dieAt, watched } from './helpers/step.ts';

const BLOCKS = 3;

interface Scene {
  readonly memory: SharedMemory;
  /** Who dies. */
  readonly mortal: SimulatedThread;
  /** Who goes on, and finds what is left. */
  readonly heir: SimulatedThread;
  readonly third: SimulatedThread;
}

/** Prepares one action of the mortal's. */
const actions: Record<string, (scene: Scene) => () => unknown> = {
  'get of a block never used':
    ({ mortal }) =>
    () =>
      mortal.take(),
  'get of a block that it gave': ({ mortal }) => {
    mortal.countIdle();
    return () => mortal.take();
  },
  'get of a block that another gave': ({ mortal, heir }) => {
    heir.countIdle();
    return () => mortal.take();
  },
  'get where bits of lent blocks are set': ({ mortal, heir, third }) => {
    heir.countIdle();
    const taken = [heir.take(), heir.take()];
    third.countIdle();
    const again = third.take();
    if (taken[0]) heir.give(taken[0]);
    if (again) third.give(again);
    return () => mortal.take();
  },
  'get where all are lent': ({ mortal, heir }) => {
    const all = Array.from({ length: BLOCKS }, () => heir.take());
    assert.ok(all.every(Boolean));
    return () => mortal.take();
  },
  'give of its own': ({ mortal }) => {
    const mine = mortal.take();
    return () => mine && mortal.give(mine);
  },
  'hand-over to whoever adopts it': ({ mortal }) => {
    const mine = mortal.take();
    return () => mine && mortal.send(mine);
  },
  'hand-over to another': ({ mortal, heir }) => {
    const mine = mortal.take();
    return () => mine && mortal.send(mine, heir.id);
  },
  'resize of its own': ({ mortal }) => {
    const mine = mortal.take() as RecycledBuffer;
    return () => mortal.resize(mine, 5);
  },
  'adoption of what another sent': ({ mortal, heir }) => {
    const ticket = heir.send(heir.take() as RecycledBuffer, mortal.id) as BufferTicket;
    return () => mortal.adopt(ticket);
  },
  discard: ({ mortal }) => {
    const mine = mortal.take();
    return () => mine && mortal.discard(mine);
  },
  'reclaim of another’s': ({ mortal, third }) => {
    third.take();
    third.take();
    return () => mortal.reclaim(third);
  },
};

for (const guard of ['check', 'poison'] as const)
  for (const [name, prepare] of Object.entries(actions))
    test(`death at any step of a ${name} loses nothing (${guard})`, () => {
      let died = true;
      let step = 0;
      for (; died; step++) {
        const memory = makeMemory(BLOCKS, guard);
        const mortal = new SimulatedThread(watched(memory), 1);
        const [heir, third] = [2, 3].map((id) => new SimulatedThread(memory, id)) as [
          SimulatedThread,
          SimulatedThread,
        ];
        const action = prepare({ memory, mortal, heir, third });
        died = dieAt(step, action);
        heir.reclaim(mortal);
        heir.reclaim(third);
        const lost = owners(memory).filter((owner) => owner !== 0 && owner !== DISCARDED);
        assert.ok(
          lost.every((owner) => owner === heir.slot),
          `step ${step}: of the slots ${lost}`,
        );
        const discarded = owners(memory).filter((owner) => owner === DISCARDED).length;
        assert.equal(heir.countIdle(), BLOCKS - discarded - heir.owned, `step ${step}`);
        assert.equal(heir.countIdle(), BLOCKS - discarded - heir.owned, `step ${step}, again`);
        assertCounted(heir, `step ${step}`);
      }
      assert.ok(step > 1, 'there was a step to die at');
    });

type Move = (thread: SimulatedThread, buffer: RecycledBuffer) => unknown;
const moves: Record<string, Move> = {
  resizing: (thread, buffer) => thread.resize(buffer, 5),
  'handing over': (thread, buffer) => thread.send(buffer),
};
for (const [first, one] of Object.entries(moves))
  for (const [second, two] of Object.entries(moves))
    test(`gets are counted, though a thread died in the middle of ${first} a block, and the next in ${second} it`, () => {
      const dying = (memory: SharedMemory, id: number, step: number, move: Move): boolean => {
        const mortal = new SimulatedThread(watched(memory), id);
        const buffer = mortal.take() as RecycledBuffer;
        const died = dieAt(step, () => move(mortal, buffer));
        new SimulatedThread(memory, 9).reclaim(mortal);
        return died;
      };
      for (let step = 0, more = true; more; step++)
        for (let next = 0, moreOfNext = true; moreOfNext; next++) {
          const memory = makeMemory(1);
          more = dying(memory, 1, step, one);
          moreOfNext = dying(memory, 2, next, two);
          const when = `steps ${step} and ${next}`;
          const { gets, reclaims } = statsOf(memory, 'simulated');
          assert.deepEqual([gets, reclaims], [2, 2], when);
          assertCounted(new SimulatedThread(memory, 3), when);
        }
    });

/** Whatever was left undone, every get from now on is counted once. */
function assertCounted(thread: SimulatedThread, when: string): void {
  const count = () => statsOf(thread.memory, 'simulated').gets;
  const before = count();
  const taken: RecycledBuffer[] = [];
  for (let buffer = thread.take(); buffer !== undefined; buffer = thread.take())
    taken.push(thread.resize(thread.resize(buffer, 7) as RecycledBuffer, 8) as RecycledBuffer);
  assert.equal(count(), before + taken.length, when);
  for (const buffer of taken) assert.ok(thread.give(buffer));
  assert.equal(count(), before + taken.length, when);
}
