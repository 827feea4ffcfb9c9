// Fills what it gets, and does with it what it is told; then it tells, and is busy until it is terminated.
import { parentPort, workerData } from 'node:worker_threads';
import { SharedBufferRecycler, type SharedRecyclerHandle } from '../../../src/threads/index.ts';

export interface DirtyingOrders {
  readonly handle: SharedRecyclerHandle;
  readonly size: number;
  readonly does: 'give' | 'dispose' | 'hold' | 'shrink' | 'send' | 'use';
}

const { handle, size, does } = workerData as DirtyingOrders;
const frames = SharedBufferRecycler.from(handle);
if (does === 'use') frames.use(size, (buffer) => buffer.fill(0xaa) && undefined);
else {
  const buffer = frames.get(size);
  buffer.fill(0xaa);
  if (does === 'give') frames.give(buffer);
  else if (does === 'dispose') buffer[Symbol.dispose]();
  else if (does === 'shrink') frames.resize(buffer, size >> 1);
  else if (does === 'send') frames.handOver(buffer);
}
parentPort?.postMessage('done');
parentPort?.once('message', () => {});
