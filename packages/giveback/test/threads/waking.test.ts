import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecycledBuffer } from '../../src/leasing/recycled-buffer.ts';
import { WAIT_NUMBER, WAKE_UPS } from '../../src/threads/memory/layout.ts';
import { slotAt } from '../../src/threads/owners/thread-slots.ts';
import { isWaitedFor, wake } from '../../src/threads/waiting/wake.ts';
import { isSoak } from '../helpers/soak.ts';
import { type Actor, Exploration } from './helpers/explore.ts';
import { makeMemory, type SimulatedThread } from './helpers/simulated.ts';

// Mail: for each thread, by its id, what became of its waiting.
const GOT = 1;
const SLEEPS = 2;
/** Where the WAKE_UPS stand that a thread sleeps on. */
const SEEN = 8;

type Prepared = RecycledBuffer | undefined;

const giver: Actor<Prepared> = {
  id: 1,
  prepare: (thread) => {
    // It remembers the block, so that this stays to be found in the bitmap though it is lent.
    thread.give(thread.take() as RecycledBuffer);
    return thread.take();
  },
  act: (thread, buffer) => void thread.give(buffer as RecycledBuffer),
};

/** As `ThreadWaitQueue` looks: takes a block if one is idle and this thread is next, and else sleeps. */
function look(thread: SimulatedThread, mail: Int32Array): void {
  const { words } = thread.memory;
  const seen = thread.order.enter(0);
  const onAdded = () => isWaitedFor(words) && wake(words);
  const mayTake = thread.leases.classes[0]?.hasIdle(onAdded) && thread.order.isNext(0);
  const buffer = mayTake ? thread.take() : undefined;
  mail[SEEN + thread.id] = seen;
  if (buffer !== undefined) thread.order.leave();
  mail[thread.id] = buffer === undefined ? SLEEPS : GOT;
}

const waiter = (id: number): Actor<Prepared> => ({
  id,
  prepare: (thread) => void thread.slot,
  act: (thread, _, mail) => look(thread, mail),
});

/** It waited, and leaves because of its timeout. */
const leaver: Actor<Prepared> = {
  id: 3,
  prepare: (thread) => {
    assert.equal(thread.slot, 3);
    thread.order.enter(0);
    return undefined;
  },
  act: (thread) => thread.order.leave(),
};

// With GIVEBACK_SOAK=1 without a bound, which takes minutes.
const preemptions = isSoak ? Infinity : 3;

const groups: [what: string, actors: Actor<Prepared>[]][] = [
  ['a give coincide with those of a wait', [giver, waiter(2)]],
  ['a give and the end of another wait coincide with those of a wait', [giver, waiter(2), leaver]],
  ['a give coincide with those of two waits', [giver, waiter(2), waiter(3)]],
];
for (const [what, actors] of groups)
  test(`no wake-up is lost, whichever steps of ${what}`, () => {
    const memory = makeMemory(1);
    const { words } = memory;
    let slept = 0;
    const exploration = new Exploration<Prepared>(memory, actors, {
      preemptions: actors.length > 2 ? preemptions : Infinity,
    });
    exploration.run(({ mail }) => {
      const waiting = [2, 3].filter((id) => mail[id] === SLEEPS);
      if ([2, 3].some((id) => mail[id] === GOT) || waiting.length === 0) return;
      slept++;
      const turnOf = (id: number): number => words[slotAt(id) + WAIT_NUMBER] as number;
      waiting.sort((a, b) => turnOf(a) - turnOf(b));
      const [first] = waiting as [number];
      assert.notEqual(words[WAKE_UPS], mail[SEEN + first], `thread ${first} would sleep on`);
    });
    assert.ok(slept > 0, 'it came to sleeping');
  });
