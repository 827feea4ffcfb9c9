import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recycler } from '../../src/index.ts';
import { assertRecyclerInvariants } from '../helpers/recycler-invariants.ts';

const make = () => ({ parsed: 0 });

test('what is given last is got first, and reset before it lies on the stack', () => {
  const recycler = new Recycler({ make, reset: (thing) => (thing.parsed = 0) });
  const [first, second] = [recycler.get(), recycler.get()];
  second.parsed = 7;
  assert.equal(recycler.give(first), true);
  assert.equal(recycler.give(second), true);
  assert.equal(second.parsed, 0);
  assert.equal(recycler.get(), second);
  assert.equal(recycler.get(), first);
  assertRecyclerInvariants(recycler);
});

test('past maxIdle a thing that is given is freed', () => {
  const freed: object[] = [];
  const recycler = new Recycler({ make, free: (thing) => freed.push(thing), maxIdle: 1 });
  const [first, second] = [recycler.get(), recycler.get()];
  assert.equal(recycler.give(first), true);
  assert.equal(recycler.give(second), false);
  assert.deepEqual(freed, [second]);
  assert.equal(recycler.stats().frees.full, 1);
  assert.throws(() => recycler.give(second), { code: 'ERR_GIVEBACK_NOT_LEASED' });
});

test('a thing given twice, a stranger and another recycler’s are refused, and nothing changes', () => {
  const recycler = new Recycler({ make, name: 'mine' });
  const other = new Recycler({ make });
  const thing = recycler.get();
  recycler.give(thing);
  const before = recycler.stats();
  const twice = { code: 'ERR_GIVEBACK_NOT_LEASED', message: /lent by recycler `mine`/ };
  const foreign = { code: 'ERR_GIVEBACK_FOREIGN', message: /lent by recycler `mine`/ };
  assert.throws(() => recycler.give(thing), twice);
  assert.throws(() => recycler.give(make()), foreign);
  assert.throws(() => recycler.give(other.get()), foreign);
  assert.throws(() => recycler.give(undefined as never), foreign);
  assert.deepEqual(recycler.stats(), before);
  recycler.trim();
  assert.throws(() => recycler.give(thing), twice, 'also after it was freed');
});

test('ownership survives ageing and trimming from the bottom of the stack', () => {
  const recycler = new Recycler({ make });
  const things = Array.from({ length: 10 }, () => recycler.get());
  for (const thing of things.slice(0, 5)) recycler.give(thing);
  recycler.trim();
  for (const thing of things.slice(5)) recycler.give(thing);
  for (const thing of things) {
    assert.throws(() => recycler.give(thing), { code: 'ERR_GIVEBACK_NOT_LEASED' });
  }
  assert.equal(recycler.stats().idle.count, 5);
});

test('reset cannot give the thing that it resets', () => {
  const recycler = new Recycler({ make, reset: (thing): void => void recycler.give(thing) });
  const thing = recycler.get();
  assert.throws(() => recycler.give(thing), { code: 'ERR_GIVEBACK_NOT_LEASED' });
  assert.equal(recycler.stats().frees.reset, 1);
  assertRecyclerInvariants(recycler);
});

test('make must return a new object each time, unless check is off', () => {
  const same = make();
  const recycler = new Recycler({ make: () => same });
  recycler.get();
  assert.throws(() => recycler.get(), { code: 'ERR_GIVEBACK_MAKE', message: /new thing/ });
  assert.throws(() => new Recycler({ make: () => 5 }).get(), {
    code: 'ERR_GIVEBACK_MAKE',
    message: /got `5` \(number\)/,
  });
  assert.equal(recycler.stats().gets, 1);
  const numbers = new Recycler({ make: () => 5, check: false });
  numbers.give(numbers.get());
  assert.equal(numbers.get(), 5);
});

test('a thing that was freed may be made again, as when recyclers are nested', () => {
  const outer = new Recycler({ make });
  const inner = new Recycler({
    make: () => outer.get(),
    free: (thing) => outer.give(thing),
    maxIdle: 0,
  });
  const thing = inner.get();
  inner.give(thing);
  assert.equal(inner.get(), thing);
  inner.give(thing);
  assert.equal(outer.stats().idle.count, 1);
});

test('after close nothing is got, and what comes back is freed', () => {
  const freed: object[] = [];
  const recycler = new Recycler({ make, free: (thing) => freed.push(thing) });
  const [kept, lent] = [recycler.get(), recycler.get()];
  recycler.give(kept);
  recycler.close();
  recycler.close();
  assert.deepEqual(freed, [kept]);
  assert.throws(() => recycler.get(), { code: 'ERR_GIVEBACK_CLOSED' });
  assert.equal(recycler.give(lent), false);
  assert.deepEqual(recycler.stats().frees, { full: 0, aged: 0, trimmed: 0, reset: 0, closed: 2 });
  assertRecyclerInvariants(recycler);
});

test('stats are a frozen snapshot', () => {
  const recycler = new Recycler({ make, name: 'parsers' });
  recycler.give(recycler.get());
  const stats = recycler.stats();
  recycler.get();
  assert.deepEqual(stats, {
    name: 'parsers',
    lent: { count: 0 },
    idle: { count: 1 },
    gets: 1,
    reuses: 0,
    makes: 1,
    gives: 1,
    frees: { full: 0, aged: 0, trimmed: 0, reset: 0, closed: 0 },
  });
  for (const each of [stats, stats.lent, stats.idle, stats.frees]) assert.ok(Object.isFrozen(each));
});
