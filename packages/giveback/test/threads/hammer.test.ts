import assert from 'node:assert/strict';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { MessageChannel, Worker } from 'node:worker_threads';
import { SharedBufferRecycler } from '../../src/threads/index.ts';
import { isSoak } from '../helpers/soak.ts';
import type { HammerOrders } from './helpers/hammer-worker.ts';
import { assertAllIdle } from './helpers/shared-invariants.ts';

const operations = isSoak ? 10_000_000 : 300_000;
const sizeClasses = [
  { blockSize: 4096, blocks: 6 },
  { blockSize: 65_536, blocks: 5 },
  { blockSize: 262_144, blocks: 4 },
];

const variants: [what: string, threads: number, hold: number][] = [
  ['each with a few in hand', Math.max(2, availableParallelism()), 3],
  [
    'more threads than cores, and most blocks lent',
    2 + 2 * Math.ceil(availableParallelism() / 2),
    5,
  ],
];

for (const [what, threads, hold] of variants)
  test(`${operations} gets and gives from all cores, ${what}`, async () => {
    const recycler = new SharedBufferRecycler({ sizeClasses });
    const workers: Worker[] = [];
    for (let pair = 0; pair < threads; pair += 2) {
      const { port1, port2 } = new MessageChannel();
      for (const [index, port] of [port1, port2].entries()) {
        const number = pair + index + 1;
        const workerData: HammerOrders = {
          handle: recycler.handle,
          operations: operations / threads,
          number,
          seed: number * 7919,
          port,
          hold,
          largest: 262_144,
        };
        workers.push(
          new Worker(new URL('./helpers/hammer-worker.js', import.meta.url), {
            workerData,
            transferList: [port],
          }),
        );
      }
    }
    const done = workers.map((worker) => once(worker, 'message'));
    for (const [index, worker] of workers.entries())
      worker.postMessage(workers[index ^ 1]?.threadId);
    await Promise.all(done);
    const ends = workers.map((worker) =>
      Promise.all([once(worker, 'message'), once(worker, 'exit')]),
    );
    for (const worker of workers) worker.postMessage('drain');
    await Promise.all(ends);
    const { gets, gives, reclaims } = recycler.stats();
    assert.ok(gets >= operations);
    assert.deepEqual([gives, reclaims], [gets, 0]);
    assertAllIdle(recycler);
  });
