// Does to each view that arrives what it is told, and answers what came of it.
import { parentPort, workerData } from 'node:worker_threads';
import { SharedBufferRecycler } from '../../../src/threads/index.ts';

type Act = 'give' | 'discard' | 'adopt' | 'handOver' | 'resize' | 'stats';
export type Order = readonly [act: Act, view: Uint8Array];

const recycler = SharedBufferRecycler.from(workerData);

parentPort?.on('message', ([does, view]: Order) => {
  try {
    if (does === 'handOver') recycler.handOver(view, 0);
    else if (does === 'resize') recycler.resize(view, 5);
    else if (does !== 'stats') recycler[does](view);
    parentPort?.postMessage(does === 'stats' ? recycler.stats() : 'done');
  } catch (error) {
    parentPort?.postMessage((error as { code?: string }).code);
  }
});
