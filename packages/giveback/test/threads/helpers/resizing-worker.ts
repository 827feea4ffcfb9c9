// Resizes what arrives, writes to what is new of it, and sends it back.
import { parentPort, workerData } from 'node:worker_threads';
import type { RecycledBuffer } from '../../../src/leasing/recycled-buffer.ts';
import { type BufferTicket, SharedBufferRecycler } from '../../../src/threads/index.ts';

const recycler = SharedBufferRecycler.from(workerData);

parentPort?.on('message', ([ticket, size]: [BufferTicket, number]) => {
  const buffer = recycler.adopt(ticket);
  const { length } = buffer;
  const resized = recycler.resize(buffer, size);
  parentPort?.postMessage(recycler.handOver(resized.fill(8, length) as RecycledBuffer, 0));
});
