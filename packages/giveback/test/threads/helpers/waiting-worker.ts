// What tests of waiting have done in another thread.
import { once } from 'node:events';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import {
  type BufferTicket,
  SharedBufferRecycler,
  type SharedRecyclerHandle,
} from '../../../src/threads/index.ts';

export interface WaitingOrders {
  readonly handle: SharedRecyclerHandle;
  readonly does:
    | 'give what arrives'
    | 'take turns'
    | 'acquireSync'
    | 'acquireSync while an acquire waits'
    | 'acquire and end'
    | 'close and end';
  readonly rounds?: number;
  /** How many others were served while each waited; the first word counts them. */
  readonly log?: Int32Array;
}

const { handle, does, rounds = 0, log } = workerData as WaitingOrders;
const recycler = SharedBufferRecycler.from(handle);

const acts: Record<WaitingOrders['does'], () => Promise<void> | void> = {
  'give what arrives'() {
    parentPort?.on('message', (ticket: BufferTicket) => {
      recycler.give(recycler.adopt(ticket));
      if (ticket.size === 0) process.exit();
    });
  },
  async 'take turns'() {
    const words = log as Int32Array;
    parentPort?.postMessage('ready');
    while (Atomics.load(words, 0) === 0);
    for (let round = 0; round < rounds; round++) {
      const before = Atomics.load(words, 0);
      const buffer = await recycler.acquire(8);
      const turn = Atomics.add(words, 0, 1);
      words[turn] = turn - before;
      recycler.give(buffer);
    }
  },
  acquireSync() {
    parentPort?.postMessage('ready');
    for (let round = 0; round < rounds; round++) recycler.give(recycler.acquireSync(8));
    const last = recycler.acquireSync(8);
    try {
      recycler.acquireSync(8, { timeout: 20 });
    } catch (error) {
      parentPort?.postMessage((error as { code?: string }).code);
    }
    recycler.give(last);
  },
  async 'acquireSync while an acquire waits'() {
    // Nothing but a wake-up makes the queue look.
    globalThis.setInterval = (() => ({})) as never;
    const port = parentPort as MessagePort;
    for (let round = 0; round < rounds; round++) {
      const waiting = recycler.acquire(1000);
      const told = once(port, 'message');
      recycler.give(recycler.acquireSync(8));
      port.postMessage('give');
      port.postMessage(recycler.handOver(await waiting, 0));
      await told;
    }
  },
  async 'acquire and end'() {
    parentPort?.postMessage('ready');
    const buffer = await recycler.acquire(8);
    parentPort?.postMessage(buffer.length);
    recycler.give(buffer);
  },
  'close and end'() {
    recycler.give(recycler.get(8));
    recycler.close();
  },
};

await acts[does]();
