// A server that is to be abused: a process of its own, so that it may crash and its memory be looked at.
// It checks every body that arrives, and tells its parent what came when asked.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RecycledBuffer } from '../../../../src/index.ts';
import {
  BufferChain,
  expressBody,
  readBody,
  takeBody,
  type WithBody,
  writeAndGive,
} from '../../../../src/io/index.ts';
import { bodyOf } from './content.ts';
import { type Config, make, type Report } from './protocol.ts';

const config = JSON.parse(process.argv[2] as string) as Config;
const { limit, timeout } = config;
const buffers = make(config);
const parse = expressBody(buffers, { limit, waitTimeout: timeout });

const bodies: Record<string, number> = {};
let wrong = 0;
let open = 0;
/** Lent bodies whose answer has not been sent, or never was. */
let abandoned = 0;
/** Lent bodies whose bytes a handler has transferred away. */
let transferred = 0;

type Handler = (request: IncomingMessage, response: ServerResponse, seed: number) => Promise<void>;
type Lent = (body: RecycledBuffer, request: IncomingMessage, response: ServerResponse) => unknown;

/** What handlers do to a body that the adapter has lent them, and that has been looked at. */
const lent: Record<string, Lent> = {
  /** Sends it back from where it lies. */
  async echo(body, _request, response) {
    // Clients go while a body is worked at.
    if (body.length % 4 === 0) await sleep(body.length % 10);
    response.end(body);
  },

  /** Gives it back itself, before it answers. */
  async early(body, _request, response) {
    const answer = Buffer.from(body);
    buffers.give(body);
    await sleep(answer.length % 10);
    response.end(answer);
  },

  /** Gives it back twice, before and after somebody else may have got it. */
  async twice(body, _request, response) {
    const answer = Buffer.from(body);
    buffers.give(body);
    await sleep(answer.length % 5);
    try {
      buffers.give(body);
      wrong++;
    } catch {}
    response.end(answer);
  },

  /** Looks at it when its answer has long been sent. */
  async late(body, request, response) {
    const own = Buffer.from(body);
    response.end(body);
    await closed(response);
    await sleep(own.length % 20);
    // Shared memory cannot be detached.
    if (config.kind !== 'shared' && body.length > 0) check(request, body);
  },

  /** Posts its bytes to somebody else. */
  transfer(body, _request, response) {
    const bytes = body.buffer as ArrayBuffer;
    if (config.kind === 'shared') return response.end(body);
    const { byteOffset, length } = body;
    const moved = structuredClone(bytes, { transfer: [bytes] });
    transferred++;
    return response.end(Buffer.from(moved, byteOffset, length));
  },

  /** Owns it, and works at it for longer than its request lasts. */
  async take(body, request, response) {
    takeBody(request);
    response.end(body);
    await closed(response);
    await sleep(body.length % 20);
    check(request, body);
    buffers.give(body);
  },
};

function closed(response: ServerResponse): Promise<unknown> {
  const { socket } = response.req;
  if (response.closed || socket.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    response.once('close', resolve);
    socket.once('close', resolve);
  });
}

const lending = (use: Lent): Handler =>
  async function lend(request: IncomingMessage & WithBody, response) {
    await new Promise<void>((resolve, reject) =>
      parse(request, response, (error) => (error === undefined ? resolve() : reject(error))),
    );
    const { body } = request;
    check(request, body ?? Buffer.alloc(0));
    if (body === undefined) response.end();
    else {
      countAbandoned(response);
      await use(body, request, response);
    }
  };

const handlers: Record<string, Handler> = {
  ...Object.fromEntries(Object.entries(lent).map(([name, use]) => [name, lending(use)])),

  /** Sends the body back, and gives it back when it has been sent. */
  async write(request, response) {
    const body = await readBody(request, buffers, {
      limit,
      waitTimeout: timeout,
      detachChunks: true,
    });
    check(request, body);
    response.setHeader('content-length', body.length);
    await writeAndGive(response, body);
    response.end();
  },

  /** Gives the body back and sends other bytes. */
  async answer(request, response, seed) {
    const { length } = await lengthOfBody(request);
    const answer = await buffers.acquire(length, { timeout });
    bodyOf(seed + 1, length).copy(answer);
    response.setHeader('content-length', length);
    await writeAndGive(response, answer);
    response.end();
  },

  /** Sends the body back from many blocks. */
  async chain(request, response) {
    using chain = new BufferChain(buffers, { blockSize: 16 * 1024 });
    await pipeline(request, chain.writable);
    check(request, Buffer.concat([...chain]));
    response.setHeader('content-length', chain.length);
    await chain.writeTo(response);
    response.end();
  },
};

async function lengthOfBody(request: IncomingMessage): Promise<{ readonly length: number }> {
  using body = await readBody(request, buffers, { limit, waitTimeout: timeout });
  check(request, body);
  return { length: body.length };
}

function check({ url = '', headers }: IncomingMessage, body: Buffer): void {
  const [, handler = '', seed, length] = url.split('/');
  // What a client does not announce in the right way is no body.
  const announced =
    headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : length;
  bodies[handler] = (bodies[handler] ?? 0) + 1;
  if (!body.equals(bodyOf(Number(seed), Number(announced)))) wrong++;
}

function countAbandoned(response: ServerResponse): void {
  abandoned++;
  response.once('finish', () => abandoned--);
}

const server = createServer(async (request, response) => {
  open++;
  const [, handler = '', seed] = request.url?.split('/') ?? [];
  try {
    await handlers[handler]?.(request, response, Number(seed));
  } catch (error) {
    const { statusCode, code } = error as { statusCode?: number; code?: string };
    const status = statusCode ?? statuses[code ?? ''] ?? 500;
    if (!response.headersSent) response.writeHead(status, { connection: 'close' });
    response.end();
  } finally {
    open--;
  }
});
const statuses: Record<string, number> = {
  ERR_GIVEBACK_TOO_LARGE: 413,
  ERR_GIVEBACK_RANGE: 413,
  ERR_GIVEBACK_SOURCE: 400,
  ECONNRESET: 400,
  ERR_GIVEBACK_BUDGET: 503,
  ERR_GIVEBACK_TIMEOUT: 503,
};
// A client that sends on a connection it has kept must not meet a server that is just closing it.
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));

process.on('message', () => {
  globalThis.gc?.();
  const { rss, arrayBuffers } = process.memoryUsage();
  const stats = buffers.stats();
  process.send?.({
    stats,
    bodies,
    wrong,
    open,
    abandoned,
    transferred,
    rss,
    arrayBuffers,
  } satisfies Report);
});
process.on('disconnect', () => process.exit());
