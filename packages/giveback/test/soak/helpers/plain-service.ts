import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import fastify from 'fastify';
import {
  askedOf,
  byteStream,
  checkBody,
  type Handler,
  httpServer,
  listen,
  type Service,
  type Tools,
  whenClosed,
} from './serving.ts';
import { LIMIT } from './settings.ts';

/** The same by Node's own means: `Buffer.concat`, pipes and loops. */
export async function servePlain(tools: Tools): Promise<Service> {
  const http = httpServer(handlers(tools), tools);
  const app = fastify({ forceCloseConnections: true, bodyLimit: LIMIT });
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.post('/*', async (request, reply) => {
    const body = request.body as Buffer | undefined;
    checkBody(tools, body, askedOf(request.url));
    return reply.send(body ?? '');
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const echo = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  const { port } = app.server.address() as { port: number };
  return {
    ports: { http: await listen(http), fastify: port, echo: await listen(echo) },
    async close() {
      http.close();
      echo.close();
      await app.close();
    },
  };
}

function handlers(tools: Tools): Record<string, Handler> {
  const { content, file } = tools;
  const echo: Handler = async (request, response, asked) => {
    const body = await readWhole(request);
    checkBody(tools, body, asked);
    response.end(body);
  };
  const sendFile: Handler = (_request, response, { seed, length }) => {
    response.setHeader('content-length', length);
    const start = content.offsetOf(seed);
    return pipeline(createReadStream(file, { start, end: start + length - 1 }), response);
  };
  return {
    read: echo,
    growing: echo,
    file: sendFile,
    pump: sendFile,

    async express(request, response, asked) {
      const body = await readWhole(request);
      checkBody(tools, body, asked);
      if (asked.length % 4 === 0) await sleep(asked.length % 50);
      response.end(body);
    },

    async take(request, response, asked) {
      const body = await readWhole(request);
      checkBody(tools, body, asked);
      response.end(body);
      await whenClosed(response);
      await sleep(asked.length % 100);
      checkBody(tools, body, asked);
    },

    async chain(request, response, asked) {
      const chunks: Buffer[] = [];
      let at = 0;
      for await (const chunk of request) {
        chunks.push(chunk);
        const right = content.bytes(asked.seed, asked.length).subarray(at, at + chunk.length);
        if (!right.equals(chunk)) tools.faults.count('wrongBytes', 1, 'chunk');
        at += chunk.length;
      }
      response.setHeader('content-length', at);
      response.cork();
      for (const chunk of chunks) response.write(chunk);
      response.uncork();
      response.end();
    },

    async web(request, response) {
      response.writeHead(200);
      await sendAll(Readable.toWeb(request) as AsyncIterable<Uint8Array>, response);
    },

    async bytes(_request, response, { seed, length }) {
      response.setHeader('content-length', length);
      const stream = byteStream(content.bytes(seed, length));
      await sendAll(stream as unknown as AsyncIterable<Uint8Array>, response);
    },
  };
}

async function sendAll(chunks: AsyncIterable<Uint8Array>, response: ServerResponse): Promise<void> {
  const closed = whenClosed(response);
  for await (const chunk of chunks)
    if (!response.write(chunk)) await Promise.race([once(response, 'drain'), closed]);
  response.end();
}

async function readWhole(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  if (Number(request.headers['content-length']) > LIMIT) throw new TooLarge();
  // A request that is left in the middle of the loop is destroyed, and could not be answered.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > LIMIT) throw new TooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

class TooLarge extends Error {
  readonly statusCode = 413;
}
