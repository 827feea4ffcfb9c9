// Writes to every page of each frame that arrives, and sends it back.
import { parentPort, workerData } from 'node:worker_threads';
import { type BufferTicket, SharedBufferRecycler } from '../../../src/threads/index.ts';

const frames = SharedBufferRecycler.from(workerData);

parentPort?.on('message', (ticket: BufferTicket) => {
  const frame = frames.adopt(ticket);
  for (let at = 0; at < frame.length; at += 4096) frame[at] = (frame[at] as number) + 1;
  parentPort?.postMessage(frames.handOver(frame, 0));
});
