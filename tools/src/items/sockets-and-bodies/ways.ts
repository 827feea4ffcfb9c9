import { connect, type Socket } from 'node:net';
import { BufferRecycler } from 'giveback';
import { onread } from 'giveback/io';

/** Is told of every chunk: its bytes, or how many of a buffer's. @returns false when that is enough. */
export type Take = (chunk: Uint8Array, bytes?: number) => boolean;

/** How a socket's bytes are taken: each connects to a port, and hands on what comes. */
export const WAYS: Readonly<Record<string, (port: number, take: Take) => Socket>> = {
  "`'data'` events": (port, take) =>
    connect(port, '127.0.0.1').on('data', (chunk: Buffer) => take(chunk)),
  "Node's `onread`, one buffer": (port, take) =>
    connect({
      port,
      host: '127.0.0.1',
      onread: {
        buffer: Buffer.allocUnsafeSlow(64 * 1024),
        callback: (bytes, buffer) => take(buffer, bytes),
      },
    }),
  '`onread(buffers, …)`, fixed': (port, take) => recycled(port, take, 'fixed'),
  '`onread(buffers, …)`, elastic': (port, take) => recycled(port, take, 'elastic'),
};

function recycled(port: number, take: Take, memory: 'fixed' | 'elastic'): Socket {
  const buffers = new BufferRecycler({ memory });
  const incoming = onread(buffers, (chunk) => {
    take(chunk);
    buffers.give(chunk);
  });
  return incoming.attach(connect({ port, host: '127.0.0.1', onread: incoming }));
}
