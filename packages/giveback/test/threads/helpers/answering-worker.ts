// Does what it is told with the buffer that it adopted last, and answers what came of it.
import { parentPort, workerData } from 'node:worker_threads';
import type { RecycledBuffer } from '../../../src/leasing/recycled-buffer.ts';
import { type BufferTicket, SharedBufferRecycler } from '../../../src/threads/index.ts';

export type Order =
  | readonly [act: 'adopt', ticket: BufferTicket]
  | readonly [act: 'give' | 'discard' | 'resize' | 'handOver' | 'stats' | 'leases' | 'reclaim'];

const recycler = SharedBufferRecycler.from(workerData);
let held: RecycledBuffer;

function act([does, ticket]: Order): unknown {
  switch (does) {
    case 'adopt':
      held = recycler.adopt(ticket);
      return 'done';
    case 'resize':
      held = recycler.resize(held, 5);
      return 'done';
    case 'give':
    case 'discard':
      recycler[does](held);
      return 'done';
    case 'reclaim':
      recycler.reclaim(999);
      return 'done';
    case 'handOver':
      return recycler.handOver(held, 0);
    case 'stats':
    case 'leases':
      return recycler[does]();
  }
}

parentPort?.on('message', (order: Order) => {
  try {
    parentPort?.postMessage(act(order));
  } catch (error) {
    parentPort?.postMessage((error as { code?: string }).code);
  }
});
