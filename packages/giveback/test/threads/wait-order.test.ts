import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LAST_WAIT_NUMBER, LINE, SLOT_TABLE, WAKE_UPS } from '../../src/threads/memory/layout.ts';
import { POLL_INTERVAL } from '../../src/threads/waiting/wait-order.ts';
import { isWaitedFor, wake } from '../../src/threads/waiting/wake.ts';
import { makeMemory, SimulatedThread } from './helpers/simulated.ts';

function threads(count: number): SimulatedThread[] {
  const memory = makeMemory(2);
  return Array.from({ length: count }, (_, index) => {
    const thread = new SimulatedThread(memory, index + 1);
    assert.equal(thread.slot, index + 1);
    return thread;
  });
}

function stopClock(t: { mock: { method(of: object, name: string, by: () => number): void } }) {
  const clock = { now: 0 };
  t.mock.method(performance, 'now', () => clock.now);
  return clock;
}

test('threads are served in the order they began to wait', () => {
  const waiting = threads(4);
  for (const each of waiting) each.order.enter(0);
  for (const first of [...waiting, ...waiting]) {
    assert.deepEqual(
      waiting.filter((each) => each.order.isNext(0)),
      [first],
    );
    // Whoever was served and waits again is the last.
    first.order.leave();
    first.order.enter(0);
  }
});

test('whoever still waits is woken by the next give as well', () => {
  const [one] = threads(1) as [SimulatedThread];
  const { words } = one.memory;
  const seen = one.order.enter(0);
  for (let gives = 1; gives <= 3; gives++) {
    wake(words);
    assert.equal(words[WAKE_UPS], seen + gives);
  }
});

test('whoever leaves wakes the next; and when nobody waits, nobody is woken', () => {
  const [one, two] = threads(2) as [SimulatedThread, SimulatedThread];
  one.order.enter(0);
  const seen = two.order.enter(0);
  one.order.leave();
  const later = two.order.enter(0);
  assert.notEqual(later, seen);
  two.order.leave();
  assert.ok(!isWaitedFor(one.memory.words));
  assert.equal(one.order.enter(0), later);
});

test('looking again does not cost the place in the order', () => {
  const [one, two] = threads(2) as [SimulatedThread, SimulatedThread];
  one.order.enter(0);
  two.order.enter(0);
  one.order.enter(0);
  assert.ok(one.order.isNext(0));
  assert.ok(!two.order.isNext(0));
});

test('who waits for a larger block does not hold up those who want a smaller one', () => {
  const [one, two] = threads(2) as [SimulatedThread, SimulatedThread];
  one.order.enter(1);
  two.order.enter(0);
  assert.ok(two.order.isNext(0));
  assert.ok(!two.order.isNext(1), 'the larger block is the other’s first');
});

test('a thread that does not take the block it is next for is passed over, and has to wait anew', (t) => {
  const clock = stopClock(t);
  const [dead, one, two] = threads(3) as [SimulatedThread, SimulatedThread, SimulatedThread];
  dead.order.enter(0);
  one.order.enter(0);
  two.order.enter(0);
  assert.ok(!one.order.isNext(0));
  clock.now = POLL_INTERVAL - 1;
  assert.ok(!one.order.isNext(0));
  clock.now = POLL_INTERVAL;
  assert.ok(one.order.isNext(0));
  assert.ok(!two.order.isNext(0));
  dead.order.enter(0);
  one.order.leave();
  assert.ok(two.order.isNext(0), 'it was only slow, but now it is the last');
  assert.ok(!dead.order.isNext(0));
});

test('a thread that was reclaimed is next no more', () => {
  const [dead, one] = threads(2) as [SimulatedThread, SimulatedThread];
  dead.order.enter(0);
  one.order.enter(0);
  one.reclaim(dead);
  assert.ok(one.order.isNext(0));
});

test('a thread that was taken for dead while it waits waits on, in a slot of its own', () => {
  const [one, wronged] = threads(2) as [SimulatedThread, SimulatedThread];
  const { words } = one.memory;
  for (const knows of [false, true]) {
    wronged.order.enter(0);
    one.reclaim(wronged);
    if (knows) wronged.leases.ownership.leave();
    const heir = new SimulatedThread(one.memory, 9);
    assert.equal(heir.slot, 2);
    const before = words.slice(0, SLOT_TABLE);
    const seen = wronged.order.enter(0);
    assert.deepEqual(
      words.slice(LINE * 3, SLOT_TABLE),
      before.slice(LINE * 3),
      'nothing was written to what the maker has written',
    );
    assert.ok(wronged.leases.ownership.slot > 2, `${wronged.leases.ownership.slot}`);
    assert.ok(wronged.order.isNext(0));
    wake(words);
    assert.notEqual(words[WAKE_UPS], seen);
    wronged.order.leave();
    wronged.leases.ownership.leave();
    heir.leases.ownership.leave();
    assert.equal(wronged.slot, 2);
  }
});

test('numbers go on after 2^32', () => {
  const [one, two] = threads(2) as [SimulatedThread, SimulatedThread];
  one.memory.words[LAST_WAIT_NUMBER] = -2;
  one.order.enter(0);
  two.order.enter(0);
  assert.ok(one.order.isNext(0) && !two.order.isNext(0));
  one.order.leave();
  one.order.enter(0);
  assert.ok(two.order.isNext(0) && !one.order.isNext(0));
});
