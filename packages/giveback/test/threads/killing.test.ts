import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { SharedBufferRecycler } from '../../src/threads/index.ts';
import { randomFrom } from '../helpers/random.ts';
import { isSoak } from '../helpers/soak.ts';
import { checkMarks, Marks } from './helpers/marks.ts';
import type { FromMortal, MortalOrders } from './helpers/mortal-worker.ts';
import { assertAllIdle } from './helpers/shared-invariants.ts';

const { GIVEBACK_SEED } = process.env;
const deaths = isSoak ? 3_000 : 60;
const seed = Number(GIVEBACK_SEED ?? Date.now() % 1e6);
const BLOCKS = 10;
// Deno 2.9 does not end a worker that is in a loop, though it says so.
const ENDS: readonly MortalOrders['end'][] =
  'Deno' in globalThis ? ['exit', 'error'] : ['exit', 'error', 'terminate', 'terminate'];

test(`${deaths} threads die at random, and nothing is lost (GIVEBACK_SEED=${seed})`, async () => {
  const recycler = new SharedBufferRecycler({ blockSize: 16_384, blocks: BLOCKS });
  const random = randomFrom(seed);
  const failures: string[] = [];
  const seen = { late: 0, adopted: 0, served: 0 };
  let left = deaths;
  let living = 0;

  const live = async (): Promise<void> => {
    while (left-- > 0) {
      const end = ENDS[Math.floor(random() * ENDS.length)];
      const { port1, port2 } = new MessageChannel();
      const workerData: MortalOrders = {
        port: port2,
        handle: recycler.handle,
        seed: Math.floor(random() * 2 ** 32),
        end: end ?? 'exit',
        after: random() * 20,
      };
      const worker = new Worker(new URL('./helpers/mortal-worker.js', import.meta.url), {
        workerData,
        transferList: [port2],
      });
      recycler.watch(worker);
      worker.on('error', ({ message }) => {
        if (message !== 'a mortal dies') failures.push(message);
      });
      port1.on('message', receive);
      const dead = new Promise((resolve) => worker.once('exit', resolve));
      sendTo(worker.threadId, port1);
      if (end === 'terminate') {
        await sleep(random() * 25);
        await worker.terminate();
      }
      await dead;
      port1.close();
    }
  };

  const receive = (message: FromMortal): void => {
    if ('failure' in message) return void failures.push(message.failure);
    const [ticket, mark] = message;
    try {
      const buffer = recycler.adopt(ticket);
      seen.adopted++;
      checkMarks(buffer, mark);
      recycler.give(buffer);
    } catch (error) {
      const { code, stack } = error as { code?: string; stack: string };
      // Its sender was reclaimed before its message was read.
      if (code === 'ERR_GIVEBACK_NOT_LEASED') seen.late++;
      else failures.push(stack);
    }
  };

  const marks = new Marks(127);
  const sendTo = (id: number, port: MessagePort): void => {
    let buffer: ReturnType<typeof recycler.get>;
    try {
      buffer = recycler.get(4096);
    } catch {
      return;
    }
    const mark = marks.write(buffer);
    port.postMessage([recycler.handOver(buffer, id), mark]);
  };

  /** Somebody who waits all the time, and never dies: always served. */
  const wait = async (): Promise<void> => {
    while (living > 0) {
      const buffer = await recycler.acquire(1000, { timeout: 10_000 });
      const mark = marks.write(buffer);
      await sleep(1);
      checkMarks(buffer, mark);
      recycler.give(buffer);
      seen.served++;
    }
  };

  const lives = Array.from({ length: availableParallelism() + 1 }, async () => {
    living++;
    await live();
    living--;
  });
  await Promise.all([...lives, wait(), wait()]);
  assert.deepEqual(failures, []);
  // In Deno the last ones are reclaimed later.
  while ('Deno' in globalThis && recycler.stats().lent.count > 0) await sleep(100);
  assertAllIdle(recycler);
  assert.ok(seen.served > deaths / 10 && recycler.stats().reclaims > 0, JSON.stringify(seen));
  if (deaths > 1000) console.log(JSON.stringify({ ...seen, ...recycler.stats() }));
});
