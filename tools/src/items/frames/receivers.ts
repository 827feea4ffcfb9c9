import { BufferRecycler, type RecycledBuffer } from 'giveback';
import { detachChunk } from 'giveback/io';
import type { WebSocket } from 'ws';

/** Is told of every message. */
type Take = (message: Buffer) => void;

/** How the messages of a WebSocket are received, and freed. */
export const RECEIVERS: Readonly<Record<string, (socket: WebSocket, take: Take) => void>> = {
  '`ws` as it is': (socket, take) => socket.on('message', take),
  '`ws`, messages detached': (socket, take) =>
    socket.on('message', (message: Buffer) => {
      take(message);
      detachChunk(message);
    }),
  // What `ws` would have to offer. It replaces an inner function, so it is no recipe.
  'a patched receiver, recycled': (socket, take) => {
    const buffers = new BufferRecycler();
    patch(socket, buffers);
    socket.on('message', (message: Buffer) => {
      take(message);
      if (buffers.isLent(message)) buffers.give(message);
    });
  },
};

interface Receiver {
  _buffers: Buffer[];
  _bufferedBytes: number;
  consume(bytes: number): Buffer;
}

/** What lies in several chunks goes to a recycled buffer, and each chunk is freed once it is used up. */
function patch(socket: WebSocket, buffers: BufferRecycler): void {
  const { _receiver: receiver } = socket as unknown as { readonly _receiver: Receiver };
  const { consume } = receiver;
  receiver.consume = (bytes) => {
    const [first] = receiver._buffers;
    if (bytes <= (first?.length ?? 0) || bytes < 4096) return consume.call(receiver, bytes);
    const joined = buffers.get(bytes);
    receiver._bufferedBytes -= bytes;
    takeInto(joined, receiver._buffers);
    return joined as Buffer;
  };
}

function takeInto(target: RecycledBuffer, chunks: Buffer[]): void {
  for (let at = 0; at < target.length; ) {
    const [chunk] = chunks as [Buffer];
    const used = chunk.copy(target, at);
    at += used;
    if (used < chunk.length) chunks[0] = chunk.subarray(used);
    else {
      chunks.shift();
      if (chunk.byteOffset === 0) detachChunk(chunk);
    }
  }
}
