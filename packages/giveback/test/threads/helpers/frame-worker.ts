// Writes to every page of each frame that arrives, and sends it back.
import { parentPort, workerData } from 'node:worker_threads';
import { SharedBufferRecycler } from '../../../src/threads/index.ts';
import { asMessage } from './as-message.ts';

const frames = SharedBufferRecycler.from(workerData);

parentPort?.on('message', (message: ArrayBufferView) => {
  const frame = frames.adopt(message);
  for (let at = 0; at < frame.length; at += 4096) frame[at] = (frame[at] as number) + 1;
  parentPort?.postMessage(asMessage(frames.handOver(frame, 0)));
});
