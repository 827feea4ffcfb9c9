import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mock, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler, Recycler } from '../../src/index.ts';
import { assertRecyclerInvariants } from '../helpers/recycler-invariants.ts';
import { watchSlices } from '../helpers/slices.ts';
import { isSoak } from '../helpers/soak.ts';
import { until } from '../helpers/until.ts';

// However much has aged at once, nobody notices a pause: it is freed in slices of time.
/** Milliseconds. */
const LONGEST = 10;

const slices = watchSlices();

async function assertUnnoticed(t: TestContext): Promise<void> {
  const longest = await slices.longest();
  t.diagnostic(`longest slice ${longest.toFixed(1)} ms`);
  assert.ok(longest > 0 && longest <= LONGEST, `${longest} ms`);
}

/** Gives all at once, so that all age at once. */
function filled(count: number, idleTimeout: number, free?: (thing: { freed: number }) => void) {
  const recycler = new Recycler({
    make: () => ({ freed: 0 }),
    free: (thing) => {
      thing.freed++;
      free?.(thing);
    },
    maxIdle: count,
    idleTimeout,
  });
  const things = Array.from({ length: count }, () => recycler.get());
  for (const thing of things) recycler.give(thing);
  return { recycler, things };
}

const owners = isSoak ? 130_000 : 50_000;

test(`${owners} recyclers with something idle`, async (t) => {
  const all = Array.from({ length: owners }, () => filled(1, 500));
  slices.restart();
  await until(() => all.every(({ recycler }) => recycler.stats().idle.count === 0), 50);
  await assertUnnoticed(t);
  for (const { recycler, things } of all) {
    assert.equal(recycler.stats().frees.aged, 1);
    assert.equal(things[0]?.freed, 1);
  }
});

test('100,000 idle things in one recycler', async (t) => {
  const { recycler, things } = filled(100_000, 200);
  slices.restart();
  await until(() => recycler.stats().idle.count === 0, 50);
  await assertUnnoticed(t);
  assert.ok(things.every(({ freed }) => freed === 1));
  assert.equal(recycler.stats().frees.aged, 100_000);
});

test('10,000 recyclers of buffers: their sweeps and their ticks', async (t) => {
  const all = Array.from({ length: 10_000 }, () => {
    const buffers = new BufferRecycler({ idleTimeout: 500 });
    buffers.give(buffers.get(1000));
    return buffers;
  });
  slices.restart();
  await until(() => all.every((buffers) => buffers.stats().idle.count === 0), 50);
  await assertUnnoticed(t);
});

/** So many buffers of that size, given at once. */
function filledBuffers(count: number, size: number, options: object): BufferRecycler {
  const buffers = new BufferRecycler({ maxIdleBytes: Infinity, sampleStacks: 0, ...options });
  const lent = Array.from({ length: count }, () => buffers.get(size));
  for (const buffer of lent) buffers.give(buffer);
  return buffers;
}

function isEmpty(buffers: BufferRecycler): boolean {
  const { idle, releasingBytes } = buffers.stats();
  return idle.count === 0 && releasingBytes === 0;
}

test('100,000 idle buffers that have aged', async (t) => {
  const all = [
    filledBuffers(100_000, 1000, { idleTimeout: 400 }),
    filledBuffers(5000, 65_536, { idleTimeout: 400, memory: 'elastic' }),
  ];
  slices.restart();
  await until(() => all.every(isEmpty), 50);
  await assertUnnoticed(t);
  assert.equal(all[0]?.stats().frees.aged, 100_000);
});

test('2,000 lent elastic buffers, of each of which much is spare', async (t) => {
  const buffers = new BufferRecycler({ memory: 'elastic', sampleStacks: 0 });
  const lent = Array.from({ length: 2000 }, (_, index) =>
    buffers.resize(buffers.get(65_536 + 4096 * (index % 64)), 4096),
  );
  slices.restart();
  await until(() => buffers.stats().spareBytes < 4 * 1024 * 1024, 50);
  await assertUnnoticed(t);
  assert.equal(buffers.stats().lent.count, lent.length);
});

test('20 recyclers that are trimmed at once return their memory in turn', async (t) => {
  const all = Array.from({ length: 20 }, () => filledBuffers(20, 1024 * 1024, {}));
  for (const buffers of all) buffers.trim();
  slices.restart();
  await until(() => all.every(isEmpty), 50);
  await assertUnnoticed(t);
});

test('100,000 idle buffers, and 1,000 recyclers with some, when memory is short', async (t) => {
  const all = Array.from({ length: 1000 }, () => filledBuffers(10, 1000, {}));
  all.push(filledBuffers(100_000, 1000, {}));
  const { constrainedMemory, availableMemory } = process;
  t.after(() => Object.assign(process, { constrainedMemory, availableMemory }));
  Object.assign(process, { constrainedMemory: () => 2 ** 31, availableMemory: () => 0 });
  slices.restart();
  await until(() => all.every(isEmpty), 50);
  await assertUnnoticed(t);
  assert.ok(all.every((buffers) => buffers.stats().frees.pressure >= 10));
});

test('gets, gives, trims and a close between the slices', async () => {
  const slow = (): void => {
    const end = performance.now() + 0.1;
    while (performance.now() < end);
  };
  const lent = new Set<object>();
  const first = filled(500, 100, (thing) =>
    assert.ok(!lent.has(thing), 'lent things are not freed'),
  );
  const others = Array.from({ length: 4 }, () => filled(500, 100, slow));
  const { recycler } = first;
  let partly = 0;
  for (let round = 0; ; round++) {
    await sleep(1);
    const { idle, frees } = recycler.stats();
    if (idle.count > 0 && frees.aged > 0) partly++;
    assertRecyclerInvariants(recycler);
    for (let count = 0; count < 3; count++) lent.add(recycler.get());
    for (const thing of lent) {
      if (round % 3 > 0) break;
      lent.delete(thing);
      recycler.give(thing as never);
    }
    const [trimmed, closed, ...rest] = others;
    if ((trimmed?.recycler.stats().frees.aged ?? 0) > 10) trimmed?.recycler.trim();
    if ((closed?.recycler.stats().frees.aged ?? 0) > 10) closed?.recycler.close();
    if (rest.every((other) => other.recycler.stats().idle.count === 0)) break;
  }
  for (const { recycler, things } of others) {
    assert.ok(things.every(({ freed }) => freed === 1));
    assertRecyclerInvariants(recycler);
  }
  assert.ok(partly > 0, 'it was looked at between slices');
  const rest = [...lent];
  lent.clear();
  for (const thing of rest) recycler.give(thing as never);
  await until(() => recycler.stats().idle.count === 0, 50);
});

test('a sweep in several slices does not hold up the others', async () => {
  let work = 1;
  const busy = filled(5000, 200, () => {
    const end = performance.now() + work;
    while (performance.now() < end);
  });
  const quick = filled(1, 400);
  await until(() => busy.recycler.stats().frees.aged > 10, 1);
  await until(() => quick.recycler.stats().idle.count === 0, 50);
  assert.ok(busy.recycler.stats().frees.aged < 2500, 'long before the end of that sweep');
  work = 0;
  busy.recycler.close();
});

test('fake timers that come in the middle of a sweep and go', async () => {
  const slow = (): void => {
    const end = performance.now() + 0.5;
    while (performance.now() < end);
  };
  const { recycler, things } = filled(300, 100, slow);
  await until(() => recycler.stats().frees.aged > 10, 1);
  assert.ok(recycler.stats().idle.count > 0, 'and has not ended');
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const other = filled(1, 100).recycler;
  await new Promise((resolve) => setImmediate(resolve));
  mock.timers.reset();
  other.give(other.get());
  const another = filled(1, 100).recycler;
  await until(() => another.stats().idle.count === 0, 50);
  await until(() => recycler.stats().idle.count === 0, 50);
  assert.ok(things.every(({ freed }) => freed === 1));
});

test('a free that throws does not stop the slices, nor does it free another', async () => {
  const errors: unknown[] = [];
  const listener = (error: unknown): void => {
    errors.push(...(error instanceof AggregateError ? error.errors : [error]));
  };
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', listener);
  try {
    const { recycler, things } = filled(5000, 100, () => {
      throw new Error('boom');
    });
    await until(() => recycler.stats().idle.count === 0, 50);
    await sleep(20);
    assert.ok(things.every(({ freed }) => freed === 1));
    assert.equal(errors.length, 5000);
  } finally {
    process.off('uncaughtException', listener);
    for (const each of listeners) process.on('uncaughtException', each);
  }
});

test('slices that are left keep no process alive', () => {
  const url = new URL('../../src/index.js', import.meta.url);
  const program = `
    import { Recycler } from ${JSON.stringify(url)};
    const recycler = new Recycler({
      make: () => ({}),
      free() {
        const end = performance.now() + 1;
        while (performance.now() < end);
      },
      maxIdle: 1e5,
      idleTimeout: 50,
    });
    const things = Array.from({ length: 1e5 }, () => recycler.get());
    for (const thing of things) recycler.give(thing);
    const timer = setInterval(() => {
      if (recycler.stats().frees.aged > 0) clearInterval(timer);
    }, 1);
  `;
  const { status } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    timeout: 20_000,
  });
  assert.equal(status, 0);
});
