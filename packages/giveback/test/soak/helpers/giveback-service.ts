import { createServer, type Server } from 'node:net';
import fastify from 'fastify';
import type { RecycledBuffer } from '../../../src/index.ts';
import { type BufferPool, fastifyBody, onread, writeAndGive } from '../../../src/io/index.ts';
import { bodyHandlers } from './body-handlers.ts';
import type { Recyclers } from './recyclers.ts';
import {
  askedOf,
  checkBody,
  type Handler,
  httpServer,
  listen,
  type Service,
  type Tools,
} from './serving.ts';
import { LIMIT, WAIT } from './settings.ts';
import { streamHandlers } from './stream-handlers.ts';

/** Every way in and out that `giveback/io` has, for each recycler. */
export async function serveRecycled({ forBodies }: Recyclers, tools: Tools): Promise<Service> {
  const http = httpServer(handlersOf(forBodies, tools), tools);
  const app = await serveFastify(forBodies.elastic, tools);
  const echo = echoServer(forBodies.fixed);
  return {
    ports: { http: await listen(http), fastify: app.port, echo: await listen(echo) },
    async close() {
      http.close();
      echo.close();
      await app.close();
    },
  };
}

function handlersOf(
  pools: Readonly<Record<string, BufferPool>>,
  tools: Tools,
): Record<string, Handler> {
  const byPool = new Map(
    Object.entries(pools).map(([name, pool]) => [
      name,
      { ...bodyHandlers(pool, name === 'elastic', tools), ...streamHandlers(pool, tools) },
    ]),
  );
  const dispatch: Handler = async (request, response, asked) =>
    byPool.get(asked.pool)?.[asked.handler]?.(request, response, asked);
  const names = [...byPool.values()].flatMap(Object.keys);
  return Object.fromEntries(names.map((name) => [name, dispatch]));
}

async function serveFastify(buffers: BufferPool, tools: Tools) {
  const app = fastify({ forceCloseConnections: true });
  await app.register(fastifyBody, { buffers, limit: LIMIT, waitTimeout: WAIT });
  app.post('/*', async (request, reply) => {
    const body = request.body as RecycledBuffer | undefined;
    checkBody(tools, body, askedOf(request.url));
    return reply.send(body ?? '');
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return { port: (app.server.address() as { port: number }).port, close: () => app.close() };
}

function echoServer(buffers: BufferPool): Server {
  return createServer({ allowHalfOpen: true }, (socket) => {
    const incoming = onread(buffers, (chunk) => writeAndGive(socket, chunk));
    incoming.attach(socket);
    socket.on('error', () => {});
    socket.on('end', () => void incoming.handed().then(() => socket.end()));
  });
}
