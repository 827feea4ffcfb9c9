import { createServer, type ServerResponse } from 'node:http';
import { connect, createServer as createServer2 } from 'node:http2';
import { Readable } from 'node:stream';
import type { TestContext } from 'node:test';
import express from 'express';
import express4 from 'express4';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { request as send } from 'undici';
import type { RecycledBuffer } from '../../../src/index.ts';
import {
  type AdapterOptions,
  type BufferPool,
  expressBody,
  fastifyBody,
  type HttpResponse,
} from '../../../src/io/index.ts';
import { isSoak } from '../../helpers/soak.ts';
import { until } from '../../helpers/until.ts';
import { type Kind, kinds } from './kinds.ts';
import { start } from './sockets.ts';

/** A request as every framework has it: its own, with the body that the adapter has put there. */
export interface Received {
  body?: RecycledBuffer;
  readonly url: string;
}

/** `response` is the server's own, whatever the framework. */
export type Handler = (request: Received, response: ServerResponse) => unknown;

export interface Place {
  readonly origin: string;
  readonly isHttp2: boolean;
}

type Serve = (
  t: TestContext,
  buffers: BufferPool,
  options: AdapterOptions,
  handler: Handler,
) => Promise<Place>;

/** Whatever the status of the error says. */
function answerError(response: HttpResponse, error: unknown): void {
  const { statusCode = 500, message } = error as { statusCode?: number; message: string };
  if (response.headersSent) return;
  response.statusCode = statusCode;
  response.end(message);
}

type AnyApp = ReturnType<typeof express>;

const inExpress =
  (make: () => AnyApp): Serve =>
  async (t, buffers, options, handler) => {
    const app = make();
    app.set('env', 'test');
    app.use(expressBody(buffers, options));
    app.use((request, response) => handler(request as unknown as Received, response));
    const port = await start(t, createServer(app));
    return { origin: `http://127.0.0.1:${port}`, isHttp2: false };
  };

const inFastify =
  (isHttp2: boolean): Serve =>
  async (t, buffers, options, handler) => {
    const app = (isHttp2 ? fastify({ http2: true }) : fastify()) as ReturnType<typeof fastify>;
    // It waits for sessions that the test ends only after this.
    t.after(() => void app.close());
    await app.register(fastifyBody, { buffers, ...options });
    app.all('/*', (request: FastifyRequest, reply: FastifyReply) => {
      reply.hijack();
      handler(request as unknown as Received, reply.raw);
    });
    return { origin: await app.listen({ port: 0, host: '127.0.0.1' }), isHttp2 };
  };

export const adapters: Readonly<Record<string, Serve>> = {
  async 'node:http'(t, buffers, options, handler) {
    const parse = expressBody(buffers, options);
    const server = createServer((request, response) =>
      parse(request, response, (error) => {
        if (error === undefined) handler(request as unknown as Received, response);
        else answerError(response, error);
      }),
    );
    return { origin: `http://127.0.0.1:${await start(t, server)}`, isHttp2: false };
  },

  async 'node:http2'(t, buffers, options, handler) {
    const parse = expressBody(buffers, options);
    const server = createServer2((request, response) =>
      parse(request, response, (error) => {
        if (error === undefined) handler(request as unknown as Received, response as never);
        else answerError(response, error);
      }),
    );
    return { origin: `http://127.0.0.1:${await start(t, server)}`, isHttp2: true };
  },

  'express 4': inExpress(express4),
  'express 5': inExpress(express),
  fastify: inFastify(false),
  'fastify over HTTP/2': inFastify(true),
};

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

interface Sending {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether to say beforehand how long the body is. */
  readonly announces?: boolean;
  readonly signal?: AbortSignal;
}

const BYTES = { 'content-type': 'application/octet-stream' };

/** Asks by the protocol of the place. */
export async function post(
  { origin, isHttp2 }: Place,
  path: string,
  body?: Buffer,
  { method = 'POST', headers = BYTES, announces = true, signal }: Sending = {},
): Promise<Answer> {
  if (isHttp2)
    return postByHttp2(origin, path, body, {
      method,
      headers: announces && body ? { ...headers, 'content-length': String(body.length) } : headers,
      ...(signal && { signal }),
    });
  const stream = body && (announces ? body : Readable.from(chunksOf(body)));
  const answer = await send(`${origin}${path}`, {
    method: method as 'POST',
    headers,
    body: stream ?? null,
    ...(signal && { signal }),
  });
  const received = Buffer.from(await answer.body.arrayBuffer());
  return { status: answer.statusCode, headers: answer.headers, body: received };
}

async function* chunksOf(body: Buffer): AsyncGenerator<Buffer> {
  for (let from = 0; from < body.length; from += 65_536) yield body.subarray(from, from + 65_536);
}

/** One connection for each, so that none has to be closed by hand. */
async function postByHttp2(
  origin: string,
  path: string,
  body: Buffer | undefined,
  { method, headers, signal }: Sending,
): Promise<Answer> {
  const session = connect(origin);
  session.on('error', () => {});
  try {
    const stream = session.request(
      { ':method': method, ':path': path, ...headers },
      { endStream: body === undefined, ...(signal && { signal }) },
    );
    if (body !== undefined) stream.end(body);
    return await new Promise<Answer>((resolve, reject) => {
      let answer = { status: 0, headers: {} };
      const received: Buffer[] = [];
      stream.on('response', (all) => {
        answer = { status: all[':status'] as number, headers: all };
      });
      stream.on('data', (bytes) => received.push(bytes));
      stream.on('error', reject);
      // Not when it is closed: Node's client does not close a stream that has bytes to send still.
      stream.on('end', () => {
        if (answer.status === 0) reject(new Error(`ended with code ${stream.rstCode}`));
        else resolve({ ...answer, body: Buffer.concat(received) });
      });
      stream.on('close', () => reject(new Error(`closed with code ${stream.rstCode}`)));
    });
  } finally {
    session.destroy();
  }
}

/**
 * Every adapter with every kind of recycler. As a rule only the first with all of them, and each other
 * with the two that differ most: what an adapter does with a body depends on whether that can be detached.
 */
export const combinations: readonly {
  readonly name: string;
  readonly serve: Serve;
  readonly kind: string;
  readonly make: () => Kind;
}[] = Object.entries(adapters).flatMap(([name, serve], index) =>
  Object.entries(kinds)
    .filter(([kind]) => isSoak || index === 0 || kind === 'elastic' || kind === 'shared')
    .map(([kind, make]) => ({ name, serve, kind, make })),
);

/** Waits until nothing is lent any more: responses end after the client has had them. */
export async function settled(buffers: Kind): Promise<void> {
  await until(() => buffers.stats().lent.count === 0);
}
