import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import sinon from '@sinonjs/fake-timers';
import { BufferRecycler, Recycler } from '../../src/index.ts';
import { memories } from '../helpers/memories.ts';

// Tests of programs that use this library replace the timers, and put them back. The scavenger's timer may
// be one that never fires then: one that was made by fakes.
const idleTimeout = 60;

/** The real one, whatever is installed. */
const now = performance.now.bind(performance);

/** Each installs its timers, and returns what removes them. */
const fakes: Record<string, () => () => void> = {
  'mock.timers': () => {
    mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] });
    return () => mock.timers.reset();
  },
  sinon: () => {
    const clock = sinon.install({ toNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    return () => clock.uninstall();
  },
  'sinon, at a time long past, and moved on by a year': () => {
    const clock = sinon.install({
      now: 0,
      toNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'],
    });
    return () => {
      clock.setSystemTime(0);
      clock.jump(365 * 24 * 3_600_000);
      clock.uninstall();
    };
  },
  'sinon, the clock alone, a year ahead': () => {
    const clock = sinon.install({ toFake: ['performance', 'hrtime', 'Date'] });
    clock.jump(365 * 24 * 3_600_000);
    return () => clock.uninstall();
  },
};

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
  for (let waited = 0; waited < 50; waited++) {
    await sleep(20);
    if (recycler.stats().idle.count === 0) return true;
  }
  return false;
}

const cases = Object.entries(fakes).flatMap(([name, install]) =>
  Object.entries(kinds).map(([kind, make]) => ({ what: `${name}: ${kind}`, install, make })),
);

for (const { what, install, make } of cases) {
  test(`${what}, made and used under fake timers, used further without`, async () => {
    const restore = install();
    const recycler = make();
    cycle(recycler, 10);
    restore();
    // Never a miss from here on.
    cycle(recycler, 20_000);
    assert.ok(await hasAged(recycler));
  });

  test(`${what}, used so much under fake timers that no stacks are left to sample`, async () => {
    const restore = install();
    const recycler = make();
    cycle(recycler, 400_000);
    restore();
    cycle(recycler, 20_000);
    assert.ok(await hasAged(recycler));
  });

  test(`${what}, another one is made once the fake timers are gone`, async () => {
    const restore = install();
    const old = make();
    cycle(old, 10);
    restore();
    const recycler = make();
    cycle(recycler, 1);
    assert.ok(await hasAged(recycler));
    assert.ok(await hasAged(old));
  });

  test(`${what}, made before the fake timers came, which fired meanwhile`, async () => {
    const recycler = make();
    cycle(recycler, 10);
    const restore = install();
    cycle(recycler, 20_000);
    // The real timer fires, and the next one is a fake.
    await new Promise((resolve) => setImmediate(resolve));
    const end = now() + 60;
    while (now() < end) await new Promise((resolve) => setImmediate(resolve));
    restore();
    cycle(recycler, 20_000);
    assert.ok(await hasAged(recycler));
  });
}
