import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { RecycledBuffer } from '../../../src/index.ts';
import {
  type BufferPool,
  fileChunks,
  pump,
  streamChunks,
  writeAndGive,
} from '../../../src/io/index.ts';
import { byteStream, type Handler, type Tools } from './serving.ts';

/** Every way to have bytes in chunks, which are sent as they come. */
export function streamHandlers(
  pool: BufferPool,
  { content, file, faults }: Tools,
): Record<string, Handler> {
  const send = async (
    chunks: AsyncIterable<RecycledBuffer>,
    response: ServerResponse,
    length: number,
  ): Promise<void> => {
    const sent = await sendAll(chunks, response);
    faults.count('wrongBytes', Math.abs(length - sent), 'chunks missing');
  };
  return {
    async web(request, response, asked) {
      response.writeHead(200);
      const stream = Readable.toWeb(request) as ReadableStream<Uint8Array<ArrayBuffer>>;
      await send(streamChunks(stream, pool), response, asked.length);
    },

    async bytes(_request, response, { seed, length }) {
      response.setHeader('content-length', length);
      await send(streamChunks(byteStream(content.bytes(seed, length)), pool), response, length);
    },

    async file(_request, response, { seed, length }) {
      response.setHeader('content-length', length);
      const start = content.offsetOf(seed);
      const end = start + length - 1;
      await send(fileChunks(file, pool, { start, end, chunkSize: 65_536 }), response, length);
    },

    async pump(_request, response, { seed, length }) {
      response.setHeader('content-length', length);
      const start = content.offsetOf(seed);
      await pump(fileChunks(file, pool, { start, end: start + length - 1 }), response, pool);
    },
  };
}

/** @returns how many bytes. */
async function sendAll(
  chunks: AsyncIterable<RecycledBuffer>,
  response: ServerResponse,
): Promise<number> {
  let sent = 0;
  for await (const chunk of chunks) {
    sent += chunk.length;
    await writeAndGive(response, chunk);
  }
  response.end();
  return sent;
}
