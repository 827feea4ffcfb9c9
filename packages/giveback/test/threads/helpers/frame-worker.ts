// Writes to every page of each frame that arrives, and sends it back.
import { parentPort, workerData } from 'node:worker_threads';
import { SharedBufferRecycler } from '../../../src/threads/index.ts';

const frames = SharedBufferRecycler.from(workerData);

parentPort?.on('message', (message: Uint8Array) => {
  const frame = frames.adopt(message);
  for (let at = 0; at < frame.length; at += 4096) frame[at] = (frame[at] as number) + 1;
  parentPort?.postMessage(frames.handOver(frame, 0));
});
