import assert from 'node:assert/strict';
import { subscribe } from 'node:diagnostics_channel';
import { test } from 'node:test';
import { BufferRecycler } from '../../src/index.ts';
import { assertBufferInvariants } from '../helpers/buffer-invariants.ts';
import { collectUntil } from '../helpers/collect.ts';
import { memories } from '../helpers/memories.ts';
import { until } from '../helpers/until.ts';

const KiB = 1024;

for (const memory of memories) {
  test(`${memory}: a dropped buffer is counted, reported, and its bytes leave the budget`, async () => {
    const recycler = new BufferRecycler({ memory, maxBytes: 1088 * KiB, sampleStacks: 1 });
    const reports: { recycler: string; bytes: number; size: number; stack?: string }[] = [];
    subscribe('giveback:leak', (message) => reports.push(message as never));
    (function leaky() {
      for (let i = 0; i < 4; i++) recycler.get(200 * KiB).fill(1);
    })();
    const kept = recycler.get(10 * KiB);
    const waiting = recycler.acquire(900 * KiB);
    assert.equal(recycler.stats().waiting, 1);
    await collectUntil(() => recycler.stats().waiting === 0);
    assert.equal((await waiting).length, 900 * KiB, 'those who wait are served');
    await collectUntil(() => recycler.stats().leaks === 4);
    assert.equal(recycler.stats().leaks, 4);
    const mine = reports.filter(({ size }) => size === 200 * KiB);
    assert.ok(mine.length >= 4);
    for (const { stack } of mine.slice(-4)) assert.match(stack ?? '', /leaky/);
    recycler.give(kept);
    assertBufferInvariants(recycler);
  });

  test(`${memory}: a leak is noticed though whoever got the buffer holds it in itself`, async () => {
    const recycler = new BufferRecycler({ memory, sampleStacks: 1 });
    class Owner {
      buffer: Buffer | undefined;
      take(): void {
        this.buffer = recycler.get(100 * KiB);
      }
    }
    for (let i = 0; i < 4; i++) new Owner().take();
    await collectUntil(() => recycler.stats().leaks === 4);
    assert.equal(recycler.stats().leaks, 4);
    assertBufferInvariants(recycler);
  });

  test(`${memory}: what is alive, idle, discarded or freed is no leak`, async () => {
    const recycler = new BufferRecycler({ memory });
    const part = recycler.get(100 * KiB).subarray(5, 10);
    recycler.give(recycler.get(64 * KiB));
    recycler.discard(recycler.get(200 * KiB));
    recycler.give(recycler.get(300 * KiB));
    recycler.trim();
    recycler.give(recycler.get(64 * KiB));
    let turns = 0;
    await collectUntil(() => ++turns > 10);
    assert.equal(recycler.stats().leaks, 0);
    assert.equal(part.length, 5, 'a subarray keeps the bytes alive');
    assertBufferInvariants(recycler);
  });

  test(`${memory}: in guard revoke, stores that live on are no leaks`, async () => {
    const recycler = new BufferRecycler({ memory, guard: 'revoke' });
    for (let i = 0; i < 50; i++) recycler.give(recycler.get(100 * KiB));
    const lent = recycler.get(100 * KiB);
    let turns = 0;
    await collectUntil(() => ++turns > 10);
    assert.deepEqual([recycler.stats().leaks, recycler.stats().makes], [0, 1]);
    recycler.give(lent);
  });
}

/** How many of the buffers lent have a stack. */
function sampledOf(recycler: BufferRecycler): number {
  return recycler.leases().filter(({ stack }) => stack !== undefined).length;
}

test('no more than a thousand stacks are kept from one sweep to the next', async () => {
  // It holds some idle bytes, so it is swept five times until those have aged.
  const recycler = new BufferRecycler({ sampleStacks: 0.5, idleTimeout: 50 });
  const held = Array.from({ length: 5000 }, () => recycler.get(64));
  assert.equal(sampledOf(recycler), 1000);
  recycler.give(recycler.get(100 * KiB));
  await until(() => recycler.stats().frees.aged === 1);
  held.push(...Array.from({ length: 5000 }, () => recycler.get(64)));
  assert.equal(sampledOf(recycler), 2000);
  for (const buffer of held) recycler.give(buffer);
});

test('all of the stacks are kept if that is asked for', () => {
  const recycler = new BufferRecycler({ sampleStacks: 1 });
  const held = Array.from({ length: 2000 }, () => recycler.get(64));
  assert.equal(sampledOf(recycler), 2000);
  for (const buffer of held) recycler.give(buffer);
});

test('by default about one in 128 of the stacks is kept', async () => {
  const recycler = new BufferRecycler({ maxIdleBytes: 0 });
  const stacks: unknown[] = [];
  subscribe('giveback:leak', (message) => stacks.push((message as { stack?: string }).stack));
  for (let i = 0; i < 5000; i++) recycler.get(64);
  await collectUntil(() => recycler.stats().leaks === 5000);
  const sampled = stacks.filter((stack) => stack !== undefined).length;
  assert.ok(sampled > 5 && sampled < 200, `${sampled} of 5,000`);
});

test('a recycler that was dropped is collected with all that it kept, closed or not', async () => {
  let collected = 0;
  const registry = new FinalizationRegistry<undefined>(() => {
    collected++;
  });
  [60_000, Infinity].forEach((idleTimeout) => {
    const dropped = new BufferRecycler({ idleTimeout });
    dropped.give(dropped.get(64 * KiB));
    registry.register(dropped, undefined);
  });
  await collectUntil(() => collected === 2);
  assert.equal(collected, 2);
});
