import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecycledBuffer } from '../../src/leasing/recycled-buffer.ts';
import { discardLease, endLease } from '../../src/leasing/view.ts';
import { statsOf } from '../../src/threads/stats.ts';
import type { BufferTicket } from '../../src/threads/ticket.ts';
import { isSoak } from '../helpers/soak.ts';
import { type Actor, Exploration } from './helpers/explore.ts';
import {
  Actors,
  type Beginning,
  type Hand,
  type Program,
  programs,
  type Task,
} from './helpers/programs.ts';
import { makeMemory, SimulatedThread } from './helpers/simulated.ts';
import { dieAt, interruptAt } from './helpers/step.ts';

const BLOCKS = 1;

const reclaimer = (dead: number, more: Partial<Actor<Hand>>): Actor<Hand> => ({
  id: 40,
  act: (thread) => void thread.reclaim({ id: dead }),
  ...more,
});

/** That program of a thread that may die at any of its steps, and then is reclaimed, beside another's. */
function exploreDeath(mortal: Task, other: Task): void {
  const actors = new Actors();
  const isFirst = other.beginning !== 'owner';
  if (isFirst) actors.add(other.program, other.beginning);
  actors.add(mortal.program, mortal.beginning, { isMortal: true });
  if (!isFirst) actors.add(other.program, other.beginning);
  const at = isFirst ? 1 : 0;
  const list = [...actors.list, reclaimer(at + 1, { after: at })];
  try {
    new Exploration(makeMemory(BLOCKS), list).run((ending) => {
      if (ending.hasDied(at)) actors.check(ending, 0, at);
    });
  } catch (error) {
    const what = [mortal, other].map(({ program, beginning }) => `${beginning}: ${program}`);
    throw new Error(what.join(' | '), { cause: error });
  }
}

/** Not those that have to do with the thread that is dead from the beginning. */
function lengthOne(beginning: Beginning): Task[] {
  const all = programs(beginning, 1).filter(([operation]) => !/dead|reclaim/.test(`${operation}`));
  return all.map((program) => ({ program, beginning }));
}

const longer: Program[] = [
  ['give', 'get'],
  ['send', 'adopt'],
  ['resize', 'give'],
  ['resize', 'send'],
  ['exit', 'give'],
];
const mortals: Task[] = [
  ...lengthOne('owner'),
  ...longer.map((program) => ({ program, beginning: 'owner' as const })),
];
// Some of them take a minute each.
const isQuick = (mortal: Task, other: Task): boolean => {
  const [one, two] = [`${mortal.program}`, `${other.program}`];
  if (/wait/.test(two)) return one === 'give';
  return !/wait|get$|exit|close|resize,/.test(one) && /get|adopt|give|send$/.test(two);
};
const [owners, formers, fresh] = (['owner', 'former', 'fresh'] as const).map(lengthOne) as [
  Task[],
  Task[],
  Task[],
];
const pairs = [
  ...mortals.map((mortal) => [mortal, isSoak ? [...formers, ...fresh] : formers] as const),
  ...formers.map((mortal) => [mortal, owners] as const),
];
for (const [mortal, all] of pairs) {
  const others = all.filter((other) => isSoak || isQuick(mortal, other));
  if (others.length === 0) continue;
  const { program, beginning } = mortal;
  test(`${beginning}: death at any moment of ${program.join(', ')}, beside another thread, is made good by reclaim`, () => {
    for (const other of others) exploreDeath(mortal, other);
  });
}

const dead = 7;
const taken: { buffer?: RecycledBuffer | undefined } = {};
const [one, two] = [reclaimer(dead, { id: 1 }), reclaimer(dead, { id: 2 })];
/** It may get the slot of the dead one. */
const successor: Actor<Hand> = {
  id: 3,
  act: (thread) => {
    taken.buffer = thread.take();
  },
};
const groups: [what: string, actors: Actor<Hand>[], skip: boolean][] = [
  ['two threads that reclaim a third', [one, two], false],
  ['one that reclaims another, beside its successor', [one, successor], false],
  // Some millions of states.
  ['two threads that reclaim a third, beside its successor', [one, two, successor], !isSoak],
];
for (const [what, actors, skip] of groups)
  test(`${what}: each block comes back once, and nothing of a successor’s is taken`, {
    skip,
  }, () => {
    const memory = makeMemory(1);
    assert.ok(new SimulatedThread(memory, dead).take());
    new Exploration<Hand>(memory, actors).run(({ replay }) => {
      taken.buffer = undefined;
      if (actors.includes(successor)) replay(actors.indexOf(successor));
      const isTaken = taken.buffer !== undefined;
      const { reclaims, lent } = statsOf(memory, 'simulated');
      assert.deepEqual([reclaims, lent.count], [1, Number(isTaken)]);
      const next = new SimulatedThread(memory, 3);
      assert.equal(next.owned, lent.count, 'the successor has what it took');
      assert.equal(new SimulatedThread(memory, 4).reclaim({ id: 3 }), lent.count);
      assert.equal(new SimulatedThread(memory, 4).countIdle(), 1);
    });
  });

test('who dies while it reclaims leaves the rest to the next', () => {
  for (let step = 0, died = true; died; step++) {
    const memory = makeMemory(3);
    const [dead, one, two] = [7, 1, 2].map((id) => new SimulatedThread(memory, id)) as [
      SimulatedThread,
      SimulatedThread,
      SimulatedThread,
    ];
    for (let lent = 0; lent < 2; lent++) dead.take();
    died = dieAt(step, () => one.reclaim(dead));
    two.reclaim(dead);
    two.reclaim(one);
    assert.equal(two.countIdle(), 3, `step ${step}`);
  }
});

test('whichever steps of a hand-over and of the reclaiming of its receiver coincide, the block is the sender’s or idle', () => {
  const receiver = 7;
  const sent: { ticket?: BufferTicket | undefined; buffer?: RecycledBuffer } = {};
  const memory = makeMemory(1);
  const outcomes = new Set<string>();
  new Exploration<RecycledBuffer>(memory, [
    {
      id: 1,
      prepare: (thread) => thread.take() as RecycledBuffer,
      act: (thread, buffer) => {
        sent.buffer = buffer;
        sent.ticket = thread.send(buffer, receiver);
      },
    },
    { id: 2, act: (thread) => void thread.reclaim({ id: receiver }) },
  ]).run(({ replay }) => {
    replay(0);
    const isRefused = sent.ticket === undefined;
    outcomes.add(isRefused ? 'refused' : 'returned');
    const [sender, other] = [new SimulatedThread(memory, 1), new SimulatedThread(memory, 3)];
    assert.equal(sender.owned, Number(isRefused));
    assert.equal(other.countIdle(), Number(!isRefused));
    if (sent.ticket) assert.equal(other.adopt(sent.ticket), undefined);
  });
  assert.deepEqual(outcomes, new Set(['refused', 'returned']));
});

test('a hand-over to a living thread is not undone because the block was on its way to a dead one before', () => {
  const sent: { ticket?: BufferTicket | undefined } = {};
  new Exploration<RecycledBuffer>(makeMemory(1), [
    {
      id: 1,
      prepare: (thread) => {
        const ticket = thread.send(thread.take() as RecycledBuffer, dead);
        return thread.adopt(ticket as BufferTicket) as RecycledBuffer;
      },
      act: (thread, buffer) => {
        sent.ticket = thread.send(buffer, 3);
      },
    },
    { id: 2, act: (thread) => void thread.reclaim({ id: dead }) },
  ]).run(({ memory, replay }) => {
    replay(0);
    assert.ok(new SimulatedThread(memory, 3).adopt(sent.ticket as BufferTicket));
  });
});

test('a block that its sender took back and handed to a living thread is not reclaimed as that of the dead receiver', () => {
  for (let step = 0, more = true; more; step++) {
    const memory = makeMemory(1);
    const [sender, reclaims, living] = [1, 2, 3].map((id) => new SimulatedThread(memory, id)) as [
      SimulatedThread,
      SimulatedThread,
      SimulatedThread,
    ];
    const dead = 7;
    const first = sender.send(sender.take() as RecycledBuffer, dead) as BufferTicket;
    let second: BufferTicket | undefined;
    let count = 0;
    more = interruptAt(
      step,
      () => {
        count = reclaims.reclaim({ id: dead });
      },
      () => {
        const back = sender.adopt(first);
        second = back && sender.send(back, living.id);
      },
    );
    const adopted = second && living.adopt(second);
    assert.equal(Number(adopted !== undefined) + count, 1, `step ${step}: lent or brought back`);
    assert.equal(reclaims.countIdle(), count);
  }
});

test('a block whose owner’s slot became that of a living thread is not reclaimed as that of the dead one', () => {
  for (let step = 0, more = true; more; step++) {
    const memory = makeMemory(1);
    const [dead, slow, fast] = [7, 1, 2].map((id) => new SimulatedThread(memory, id)) as [
      SimulatedThread,
      SimulatedThread,
      SimulatedThread,
    ];
    dead.take();
    const counts: number[] = [];
    let heir: SimulatedThread | undefined;
    let taken: RecycledBuffer | undefined;
    const { slot } = dead;
    const takeOver = (): void => {
      counts.push(fast.reclaim(dead));
      heir = new SimulatedThread(memory, 8);
      taken = heir.take();
    };
    more = interruptAt(step, () => counts.push(slow.reclaim(dead)), takeOver);
    if (!more) takeOver();
    assert.equal(heir?.slot, slot, 'it has the same slot');
    assert.equal((counts[0] as number) + (counts[1] as number), 1, `step ${step}`);
    assert.ok(taken && heir.give(taken), `step ${step}: and the block`);
  }
});

test('threads that are gone are known for good, also when a thousand others have gone since', () => {
  const memory = makeMemory(1);
  const [sender, other] = [new SimulatedThread(memory, 1), new SimulatedThread(memory, 2)];
  const buffer = sender.take() as RecycledBuffer;
  for (const id of [5, 1029, 2053, 3000]) sender.reclaim({ id });
  for (const id of [5, 1029, 2053, 3000])
    assert.equal(sender.send(buffer, id), undefined, `thread ${id}`);
  assert.ok(other.slot > 0);
  let lent = buffer;
  for (const id of [0, 2, 2054, 5000]) {
    const ticket = sender.send(lent, id);
    assert.ok(ticket, `thread ${id} may live`);
    lent = sender.adopt(ticket) as RecycledBuffer;
  }
  assert.ok(sender.give(lent));
});

test('a thread that was taken for dead cannot end, by an old view, what it or another got since', () => {
  const memory = makeMemory(1);
  const [wronged, other] = [1, 2].map((id) => new SimulatedThread(memory, id)) as [
    SimulatedThread,
    SimulatedThread,
  ];
  for (const again of [wronged, other]) {
    const old = wronged.take() as RecycledBuffer;
    assert.equal(other.reclaim(wronged), 1);
    assert.equal(wronged.leases.isLent(old), false);
    const current = again.take() as RecycledBuffer;
    const { byteOffset } = old;
    assert.equal(current.byteOffset, byteOffset);
    endLease(old);
    discardLease(old);
    assert.ok(!wronged.give(old) && !wronged.discard(old));
    assert.equal(wronged.resize(old, 5), undefined);
    assert.equal(wronged.send(old), undefined);
    assert.ok(again.leases.isLent(current) && again.give(current));
  }
});
