import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Queue, type Queued } from '../../src/core/queue.ts';
import { randomFrom } from '../helpers/random.ts';

interface Thing extends Queued<Thing> {
  readonly id: number;
}

function idsIn(queue: Queue<Thing>): number[] {
  const ids: number[] = [];
  for (let thing = queue.first; thing !== undefined; thing = thing.after) ids.push(thing.id);
  return ids;
}

function idsFromLast(queue: Queue<Thing>): number[] {
  const ids: number[] = [];
  for (let thing = queue.last; thing !== undefined; thing = thing.before) ids.push(thing.id);
  return ids;
}

test('things that come and go at random, beside an array', () => {
  const random = randomFrom(13);
  const things = Array.from({ length: 12 }, (_, id): Thing => ({ id }));
  const queue = new Queue<Thing>();
  let model: number[] = [];
  for (let step = 0; step < 5000; step++) {
    const thing = things[Math.floor(random() * things.length)] as Thing;
    const isHere = model.includes(thing.id);
    if (random() < 0.5) {
      queue.add(thing);
      if (!isHere) model.push(thing.id);
    } else {
      assert.equal(queue.delete(thing), isHere);
      model = model.filter((id) => id !== thing.id);
    }
    assert.equal(queue.length, model.length);
    assert.deepEqual(idsIn(queue), model);
    assert.deepEqual(idsFromLast(queue), model.toReversed());
  }
});
