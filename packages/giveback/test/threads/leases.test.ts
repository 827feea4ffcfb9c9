import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SharedBufferRecycler } from '../../src/threads/index.ts';

const make = (sampleStacks: number, blocks = 8) =>
  new SharedBufferRecycler({ blockSize: 1000, blocks, sampleStacks });

test('a report a lease, the longest held first, with the place of its get', async () => {
  const recycler = make(1);
  recycler.give(recycler.get(1));
  const first = recycler.get(10);
  await sleep(5);
  function second(): void {
    recycler.get(20);
  }
  second();
  const reports = recycler.leases();
  assert.deepEqual(
    reports.map(({ size, thread }) => [size, thread]),
    [
      [10, 0],
      [20, 0],
    ],
  );
  assert.match(String(reports[1]?.stack), /^ *at second/);
  const [longer, shorter] = reports.map(({ heldMs = -1 }) => heldMs) as [number, number];
  assert.ok(longer >= shorter + 4 && shorter >= 0, `${longer} and ${shorter} ms`);
  assert.ok(reports.every((report) => Object.isFrozen(report)));
  recycler.give(first);
  assert.equal(recycler.leases().length, 1);
});

test('gets that were not sampled are reported without stack and time, and a sample is no later lease’s', () => {
  const recycler = make(0);
  recycler.get(10);
  assert.deepEqual(recycler.leases(), [{ size: 10, thread: 0 }]);
  const sampled = make(1, 1);
  const adopted = sampled.adopt(sampled.handOver(sampled.get(10)));
  assert.deepEqual(sampled.leases(), [{ size: 10, thread: 0 }], 'it was not got as it is held');
  const resized = sampled.resize(adopted, 5);
  sampled.give(resized);
  const held = sampled.resize(sampled.get(7), 8);
  assert.match(String(sampled.leases()[0]?.stack), /leases\.test/, 'a resize is the same lease');
  sampled.give(held);
});

test('by default a part of the gets is sampled', () => {
  const recycler = new SharedBufferRecycler({ blockSize: 8, blocks: 4096 });
  for (let got = 0; got < 4096; got++) recycler.get(1);
  const sampled = recycler.leases().filter(({ stack }) => stack !== undefined).length;
  assert.ok(sampled > 5 && sampled < 120, `${sampled} of 4096`);
});

test('of 100,000 blocks, each is found at once, and nothing takes long', () => {
  const blocks = 100_000;
  const recycler = new SharedBufferRecycler({ blockSize: 64, blocks, sampleStacks: 0 });
  const time = (act: () => unknown): number => {
    const start = performance.now();
    act();
    return performance.now() - start;
  };
  const held: ReturnType<typeof recycler.get>[] = [];
  const gets = time(() => {
    for (let got = 0; got < blocks; got++) held.push(recycler.get(64));
  });
  // 10 µs each would be 1,000 ms; a look at each block for each get hours.
  assert.ok(gets < 1_500, `${gets} ms for all first gets`);
  const refusals = time(() => {
    for (let tried = 0; tried < 1000; tried++) assert.throws(() => recycler.get(1));
  });
  assert.ok(refusals < 500, `${refusals} ms for 1,000 refusals`);
  const gives = time(() => {
    for (const buffer of held) recycler.give(buffer);
  });
  assert.ok(gives < 1_500, `${gives} ms for all gives`);
  assert.ok(time(() => recycler.stats()) < 200);
});
