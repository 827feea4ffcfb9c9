// Adopts what comes in one of several ways, writes to it, and hands it back.
import { BroadcastChannel, type MessagePort, parentPort, workerData } from 'node:worker_threads';
import {
  type BufferTicket,
  SharedBufferRecycler,
  type SharedRecyclerHandle,
} from '../../../src/threads/index.ts';

export interface TicketOrders {
  readonly handle: SharedRecyclerHandle;
  readonly by: 'parent' | 'port' | 'data' | 'broadcast' | 'view';
  readonly port?: MessagePort;
  readonly ticket?: BufferTicket;
  /** Of the BroadcastChannel. */
  readonly name?: string;
}

const { handle, by, port, ticket, name } = workerData as TicketOrders;
const recycler = SharedBufferRecycler.from(handle);
const parent = parentPort as MessagePort;

function change(received: BufferTicket): BufferTicket {
  return recycler.handOver(recycler.adopt(received).fill(2) as never, 0);
}

function codeOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

const ways: Record<TicketOrders['by'], () => void> = {
  parent: () => parent.on('message', (received) => parent.postMessage(change(received))),
  port: () => port?.on('message', ({ nested: [received] }) => port.postMessage(change(received))),
  data: () => parent.postMessage(change(ticket as BufferTicket)),
  broadcast() {
    const channel = new BroadcastChannel(name as string);
    channel.onmessage = (message) =>
      parent.postMessage(codeOf(() => change((message as { data: BufferTicket }).data)));
    parent.postMessage('ready');
  },
  view: () =>
    parent.on('message', (view) =>
      parent.postMessage([codeOf(() => recycler.give(view)), codeOf(() => recycler.adopt(view))]),
    ),
};

ways[by]();
