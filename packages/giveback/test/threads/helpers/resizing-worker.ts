// Resizes what arrives, writes to what is new of it, and sends it back.
import { parentPort, workerData } from 'node:worker_threads';
import { SharedBufferRecycler } from '../../../src/threads/index.ts';

const recycler = SharedBufferRecycler.from(workerData);

parentPort?.on('message', ([view, size]: [Uint8Array, number]) => {
  const { length } = view;
  const resized = recycler.resize(recycler.adopt(view), size);
  parentPort?.postMessage(recycler.handOver(resized.fill(8, length), 0));
});
