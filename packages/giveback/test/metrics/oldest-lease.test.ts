// giveback_oldest_lease_seconds and giveback.lease.oldest are what leases() says of the lease that was sampled longest ago.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as newest from '@opentelemetry/api';
import { Registry } from 'prom-client';
import { BufferRecycler, Recycler } from '../../src/index.ts';
import { observeGiveback } from '../../src/metrics/opentelemetry.ts';
import { type AnyRecycler, collectGiveback } from '../../src/metrics/prometheus.ts';
import { SharedBufferRecycler } from '../../src/threads/index.ts';
import { startMetering } from './helpers/opentelemetry.ts';

async function scrape(recyclers: readonly AnyRecycler[]): Promise<Record<string, number>> {
  const registry = new Registry();
  using _ = collectGiveback(registry, { recyclers });
  const lines = (await registry.metrics()).matchAll(
    /^giveback_oldest_lease_seconds\{recycler="(\w+)"\} (.*)$/gm,
  );
  return Object.fromEntries(Array.from(lines, ([, name, value]) => [name, Number(value)]));
}

const KINDS = {
  fixed: (sampleStacks: number) => new BufferRecycler({ name: 'a', sampleStacks }),
  elastic: (sampleStacks: number) =>
    new BufferRecycler({ name: 'a', memory: 'elastic', sampleStacks }),
  revoke: (_: number) => new BufferRecycler({ name: 'a', guard: 'revoke' }),
  shared: (sampleStacks: number) =>
    new SharedBufferRecycler({ name: 'a', blockSize: 4096, blocks: 4, sampleStacks }),
  poison: (_: number) =>
    new SharedBufferRecycler({ name: 'a', blockSize: 4096, blocks: 4, guard: 'poison' }),
};

/** What is scraped lies between what `leases()` says before and after. */
async function isOldest(recycler: BufferRecycler | SharedBufferRecycler, size: number) {
  const [before] = recycler.leases();
  const { a: oldest = -1 } = await scrape([recycler]);
  const [after] = recycler.leases();
  assert.equal(before?.size, size);
  assert.ok(oldest * 1000 >= Number(before?.heldMs) && oldest * 1000 <= Number(after?.heldMs));
}

for (const [kind, make] of Object.entries(KINDS))
  test(`${kind}: the oldest of what is lent, and 0 when nothing is`, async () => {
    using recycler = make(1);
    assert.deepEqual(await scrape([recycler]), { a: 0 });
    const first = recycler.get(100);
    await sleep(30);
    const second = recycler.get(200);
    await isOldest(recycler, 100);
    // Given back in whatever order: what is left counts.
    recycler.give(first as never);
    await isOldest(recycler, 200);
    recycler.give(second as never);
    assert.deepEqual(await scrape([recycler]), { a: 0 });
  });

for (const kind of ['fixed', 'shared'] as const)
  test(`${kind}: what was not sampled is not known`, async () => {
    using recycler = KINDS[kind](0);
    const buffer = recycler.get(100);
    assert.deepEqual(await scrape([recycler]), { a: 0 });
    recycler.give(buffer as never);
  });

test('OpenTelemetry is told the same', async () => {
  const { meter, collect } = startMetering(newest);
  const recyclers = [KINDS.fixed(1), new Recycler({ name: 'things', make: () => ({}) })];
  using _ = observeGiveback(meter, { recyclers });
  const held = (recyclers[0] as BufferRecycler).get(1);
  await sleep(30);
  const metric = (await collect()).get('giveback.lease.oldest');
  assert.equal(metric?.descriptor.unit, 's');
  const [point, ...others] = metric?.dataPoints ?? [];
  assert.deepEqual(others, []);
  assert.deepEqual(point?.attributes, { 'giveback.recycler.name': 'a' });
  assert.ok(Number(point?.value) >= 0.029 && Number(point?.value) < 60);
  (recyclers[0] as BufferRecycler).give(held);
});

test('of recyclers of one name it is the oldest; things have none', async () => {
  const [older, younger] = [KINDS.fixed(1), KINDS.elastic(1)];
  const things = new Recycler({ name: 'things', make: () => ({}) });
  const thing = things.get();
  const held = older.get(1);
  await sleep(30);
  const alsoHeld = younger.get(1);
  const { a: oldest = 0, ...others } = await scrape([older, younger, things]);
  assert.deepEqual(others, {});
  assert.ok(oldest >= 0.029, `${oldest} s`);
  older.give(held);
  younger.give(alsoHeld);
  things.give(thing);
});
