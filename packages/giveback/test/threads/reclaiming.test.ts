import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeMemory, SimulatedThread } from './helpers/simulated.ts';
import { dieAt, interruptAt } from './helpers/step.ts';

const BLOCKS = 3;
const LENT = 2;

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
