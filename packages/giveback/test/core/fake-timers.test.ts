import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler, Recycler } from '../../src/index.ts';
import { memories } from '../helpers/memories.ts';

// Tests of programs that use this library replace the timers, and put them back. The scavenger's timer may
// be one that never fires then: one that was made by fakes.
const idleTimeout = 200;

function fakeTimers(): () => void {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] });
  return () => mock.timers.reset();
}

interface Recycles {
  get(size: number): object;
  give(thing: never): boolean;
  stats(): { readonly idle: { readonly count: number } };
}

const kinds: Record<string, () => Recycles> = {
  Recycler: () => new Recycler({ make: () => ({}), idleTimeout }),
};
for (const memory of memories) {
  kinds[memory] = () => new BufferRecycler({ memory, idleTimeout });
  kinds[`${memory}, no samples`] = () =>
    new BufferRecycler({ memory, idleTimeout, sampleStacks: 0 });
}

function cycle(recycler: Recycles, times: number): void {
  for (let time = 0; time < times; time++) recycler.give(recycler.get(70_000) as never);
}

async function hasAged(recycler: Recycles): Promise<boolean> {
  for (let waited = 0; waited < 20; waited++) {
    await sleep(50);
    if (recycler.stats().idle.count === 0) return true;
  }
  return false;
}

for (const [kind, make] of Object.entries(kinds)) {
  test(`${kind}: made and used under fake timers, used further without`, async () => {
    const restore = fakeTimers();
    const recycler = make();
    cycle(recycler, 10);
    restore();
    // Never a miss from here on.
    cycle(recycler, 20_000);
    assert.ok(await hasAged(recycler));
  });

  test(`${kind}: used so much under fake timers that no stacks are left to sample`, async () => {
    const restore = fakeTimers();
    const recycler = make();
    cycle(recycler, 400_000);
    restore();
    cycle(recycler, 20_000);
    assert.ok(await hasAged(recycler));
  });

  test(`${kind}: another one is made once the fake timers are gone`, async () => {
    const restore = fakeTimers();
    const old = make();
    cycle(old, 10);
    restore();
    const recycler = make();
    cycle(recycler, 1);
    assert.ok(await hasAged(recycler));
    assert.ok(await hasAged(old));
  });

  test(`${kind}: made before the fake timers came, which fired meanwhile`, async () => {
    const recycler = make();
    cycle(recycler, 10);
    const restore = fakeTimers();
    cycle(recycler, 20_000);
    // The real timer fires, and the next one is a fake.
    await new Promise((resolve) => setImmediate(resolve));
    const end = performance.now() + 150;
    while (performance.now() < end) await new Promise((resolve) => setImmediate(resolve));
    restore();
    cycle(recycler, 20_000);
    assert.ok(await hasAged(recycler));
  });
}
