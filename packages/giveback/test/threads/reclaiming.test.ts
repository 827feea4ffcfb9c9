import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecycledBuffer } from '../../src/leasing/recycled-buffer.ts';
import { Accounts } from '../../src/threads/accounts.ts';
import { makeMemory, SimulatedThread } from './helpers/simulated.ts';
import { dieAt, interruptAt } from './helpers/step.ts';

const BLOCKS = 3;
const LENT = 2;
const REFUSED = 'ERR_GIVEBACK_RANGE';

function scene() {
  const memory = makeMemory(BLOCKS);
  const [dead, one, two] = [7, 1, 2].map((id) => new SimulatedThread(memory, id)) as [
    SimulatedThread,
    SimulatedThread,
    SimulatedThread,
  ];
  for (let lent = 0; lent < LENT; lent++) dead.take();
  return { memory, dead, one, two };
}

test('two threads that reclaim a third bring each block back once, and take nothing of its successor’s', () => {
  for (let at = 0, more = true; more; at++) {
    const { memory, dead, one, two } = scene();
    const counts: number[] = [];
    let successor: SimulatedThread | undefined;
    const takeOver = (): void => {
      counts.push(two.reclaim(dead));
      successor = new SimulatedThread(memory, 8);
      for (let taken = 0; taken < BLOCKS; taken++) assert.ok(successor.take());
      successor.turns.enter(0);
    };
    more = interruptAt(at, () => counts.push(one.reclaim(dead)), takeOver);
    if (!more) takeOver();
    assert.equal((counts[0] as number) + (counts[1] as number), LENT, `step ${at}`);
    assert.equal(successor?.account, BLOCKS, `step ${at}: the successor has what it took`);
    assert.equal(new SimulatedThread(memory, 8).slot, successor?.slot, `step ${at}: and its place`);
    assert.equal(one.reclaim({ id: 8 }), BLOCKS);
  }
});

test('who dies while it reclaims leaves the rest to the next', () => {
  for (let step = 0, died = true; died; step++) {
    const { dead, one, two } = scene();
    died = dieAt(step, () => one.reclaim(dead));
    two.reclaim(dead);
    two.reclaim(one);
    assert.equal(two.countIdle(), BLOCKS, `step ${step}`);
  }
});

test('whichever step of a hand-over the reclaiming of its receiver falls on, the block is lent or idle', () => {
  const outcomes = new Set<string>();
  for (let at = 0, more = true; more; at++) {
    const memory = makeMemory(BLOCKS);
    const [one, two] = [1, 2].map((id) => new SimulatedThread(memory, id)) as [
      SimulatedThread,
      SimulatedThread,
    ];
    const [sender, reclaimer] = [one, two].map(
      ({ lendings, id }) => new Accounts(memory.words, lendings, 'mine', id),
    ) as [Accounts, Accounts];
    const buffer = one.take() as RecycledBuffer;
    let outcome = 'returned';
    more = interruptAt(
      at,
      () => {
        try {
          sender.handOver(buffer, 7);
        } catch (error) {
          outcome = (error as { code: string }).code;
        }
      },
      () => reclaimer.reclaim(7),
    );
    if (!more) assert.equal(reclaimer.reclaim(7), 1);
    outcomes.add(outcome);
    const isLent = outcome === REFUSED;
    assert.equal(one.account, Number(isLent), `step ${at}: ${outcome}`);
    assert.equal(two.countIdle(), BLOCKS - Number(isLent), `step ${at}: ${outcome}`);
    if (isLent) assert.ok(one.give(buffer), `step ${at}: it is the sender's still`);
    const next = one.take() as RecycledBuffer;
    assert.throws(() => sender.handOver(next, 7), { code: REFUSED });
    assert.equal(
      new SimulatedThread(memory, 9).slot,
      3,
      `step ${at}: the dead left no slot behind`,
    );
  }
  assert.deepEqual(outcomes, new Set([REFUSED, 'returned']));
});
