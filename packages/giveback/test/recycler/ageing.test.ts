import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recycler } from '../../src/index.ts';
import { stopTime } from '../helpers/clock.ts';

const clock = stopTime();

function filled(count: number, idleTimeout: number) {
  const recycler = new Recycler({ make: () => ({}), idleTimeout });
  const things = Array.from({ length: count }, () => recycler.get());
  for (const thing of things) recycler.give(thing);
  return recycler;
}

test('steady traffic does not stop ageing: what it does not need is freed', () => {
  const recycler = filled(10, 1000);
  for (let ms = 0; ms < 1250; ms += 10) {
    recycler.give(recycler.get());
    clock.advance(10);
  }
  assert.equal(recycler.stats().idle.count, 1, 'the one in traffic stays');
  assert.equal(recycler.stats().frees.aged, 9);
});

test('nothing is freed before its time', () => {
  const recycler = filled(3, 1000);
  clock.advance(999);
  assert.equal(recycler.stats().idle.count, 3);
  clock.advance(251);
  assert.equal(recycler.stats().idle.count, 0);
});

test('the lateness of one sweep does not add to that of the next', () => {
  const recycler = filled(1, 1000);
  // It is due every 200 ms, and each time up to 139 ms late.
  for (let passed = 0; passed < 980; passed += 140) clock.block(140);
  assert.equal(recycler.stats().idle.count, 1);
  clock.block(140);
  assert.equal(recycler.stats().idle.count, 0, 'the fifth sweep was due at 1000');
});

test('a swing of demand keeps what it needs within one timeout', () => {
  const recycler = filled(8, 1000);
  for (let swing = 0; swing < 20; swing++) {
    const taken = Array.from({ length: 8 }, () => recycler.get());
    clock.advance(400);
    for (const thing of taken) recycler.give(thing);
    clock.advance(400);
  }
  assert.equal(recycler.stats().makes, 8);
});

test('recyclers of different timeouts each keep their own time', () => {
  const slow = filled(2, 10_000);
  const fast = filled(2, 100);
  clock.advance(125);
  assert.equal(fast.stats().idle.count, 0);
  assert.equal(slow.stats().idle.count, 2);
  clock.advance(12_375);
  assert.equal(slow.stats().idle.count, 0);
});

test('Infinity is never, and longer than a timer can count is no sooner', () => {
  const never = filled(1, Infinity);
  const long = filled(1, 2 ** 40);
  clock.advance(200_000);
  assert.equal(never.stats().idle.count, 1);
  assert.equal(long.stats().idle.count, 1);
});

test('a free that throws while ageing does not stop the ageing of others', () => {
  const bad = new Recycler({
    make: () => ({}),
    free: () => {
      throw new Error('boom');
    },
    idleTimeout: 100,
  });
  bad.give(bad.get());
  const good = filled(1, 100);
  assert.throws(() => clock.advance(200), /boom/);
  clock.advance(200);
  assert.equal(bad.stats().idle.count, 0);
  assert.equal(good.stats().idle.count, 0);
});
