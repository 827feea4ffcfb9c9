import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RecycledBuffer } from '../../../src/index.ts';
import {
  BufferChain,
  type BufferPool,
  expressBody,
  GrowingBuffer,
  readBody,
  takeBody,
  type WithBody,
  writeAndGive,
} from '../../../src/io/index.ts';
import { type Asked, checkBody, type Handler, type Tools, whenClosed } from './serving.ts';
import { LIMIT, WAIT } from './settings.ts';

/** Every way to have a body whole. Each sends it back. */
export function bodyHandlers(
  pool: BufferPool,
  detachChunks: boolean,
  tools: Tools,
): Record<string, Handler> {
  const options = { limit: LIMIT, waitTimeout: WAIT, detachChunks };
  return {
    ...owning(pool, options, tools),
    ...borrowing(pool, options, tools),
    chain: (request, response, asked) => chain(pool, tools, request, response, asked),
  };
}

interface Options {
  readonly limit: number;
  readonly waitTimeout: number;
  readonly detachChunks: boolean;
}

function owning(pool: BufferPool, options: Options, tools: Tools): Record<string, Handler> {
  return {
    async read(request, response, asked) {
      const body = await readBody(request, pool, options);
      checkBody(tools, body, asked);
      await answer(response, body);
    },

    async growing(request, response, asked) {
      using growing = new GrowingBuffer(pool, { limit: LIMIT });
      for await (const chunk of request) await growing.appendWhenRoom(chunk, { timeout: WAIT });
      const body = growing.finish();
      checkBody(tools, body, asked);
      await answer(response, body);
    },
  };
}

async function answer(response: ServerResponse, body: RecycledBuffer): Promise<void> {
  response.setHeader('content-length', body.length);
  await writeAndGive(response, body);
  response.end();
}

function borrowing(pool: BufferPool, options: Options, tools: Tools): Record<string, Handler> {
  const parse = expressBody(pool, options);
  const lend = (request: IncomingMessage & WithBody, response: ServerResponse) =>
    new Promise<RecycledBuffer | undefined>((resolve, reject) =>
      parse(request, response, (error) =>
        error === undefined ? resolve(request.body) : reject(error),
      ),
    );
  return {
    async express(request, response, asked) {
      const body = await lend(request, response);
      checkBody(tools, body, asked);
      if (asked.length % 4 === 0) await sleep(asked.length % 50);
      response.end(body);
    },

    /** Works at the body for longer than the request lasts. */
    async take(request, response, asked) {
      const body = await lend(request, response);
      checkBody(tools, body, asked);
      if (body === undefined) return response.end();
      takeBody(request);
      response.end(body);
      await whenClosed(response);
      await sleep(asked.length % 100);
      checkBody(tools, body, asked);
      return pool.give(body);
    },
  };
}

async function chain(
  pool: BufferPool,
  { content, faults }: Tools,
  request: IncomingMessage,
  response: ServerResponse,
  { seed, length }: Asked,
): Promise<void> {
  using chain = new BufferChain(pool, { blockSize: 32 * 1024 });
  await pipeline(request, chain.writable);
  let at = 0;
  for (const block of chain) {
    const right = content.bytes(seed, length).subarray(at, at + block.length);
    if (!right.equals(block)) faults.count('wrongBytes', block.length, 'block of a chain');
    at += block.length;
  }
  response.setHeader('content-length', chain.length);
  await chain.writeTo(response);
  response.end();
}
