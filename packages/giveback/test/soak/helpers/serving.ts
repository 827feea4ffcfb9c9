import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import type { Content } from './content.ts';
import { codeOf, type Faults } from './faults.ts';
import type { Ports, Tally } from './settings.ts';

export interface Tools {
  readonly content: Content;
  readonly faults: Faults;
  readonly outcomes: Tally;
  /** A file of the content. */
  readonly file: string;
}

/** What a client asks for: `/pool/handler/seed/length`. */
export interface Asked {
  readonly pool: string;
  readonly handler: string;
  readonly seed: number;
  readonly length: number;
}

export function askedOf(url: string | undefined): Asked {
  const [, pool = '', handler = '', seed, length] = url?.split('/') ?? [];
  return { pool, handler, seed: Number(seed), length: Number(length) };
}

/** Sends back the body of a request, or the bytes that it asks for. */
export type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  asked: Asked,
) => Promise<unknown>;

/** The servers of one side. */
export interface Service {
  readonly ports: Ports;
  close(): Promise<void>;
}

/** Bytes that came as a body, or part of one, must be those of its seed. */
export function checkBody(
  { content, faults }: Tools,
  body: Uint8Array | undefined,
  asked: Asked,
): void {
  const bytes = body ?? Buffer.alloc(0);
  const wrong = content.countWrong(bytes, asked.seed, asked.length);
  faults.count('wrongBytes', wrong, `body for ${asked.handler}`);
}

const STATUS: Record<string, number> = {
  ERR_GIVEBACK_TOO_LARGE: 413,
  ERR_GIVEBACK_BUDGET: 503,
  ERR_GIVEBACK_TIMEOUT: 503,
};
/** Errors of clients that leave. */
const LEFT = new Set([
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_GIVEBACK_SOURCE',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
  'AbortError',
]);

export function httpServer(handlers: Record<string, Handler>, tools: Tools): Server {
  const server = createServer(async (request, response) => {
    const asked = askedOf(request.url);
    try {
      await handlers[asked.handler]?.(request, response, asked);
    } catch (error) {
      const code = codeOf(error);
      const { statusCode } = error as { statusCode?: number };
      const status = statusCode ?? STATUS[code] ?? 400;
      tools.outcomes.add(`${status} ${code}`);
      const hasLeft = LEFT.has(code) || request.destroyed || response.destroyed;
      if (status === 400 && !hasLeft) tools.faults.unexpected(`handler ${asked.handler}`, error);
      if (!response.headersSent) response.writeHead(status, { connection: 'close' });
      response.end();
    }
  });
  // A client that sends on a connection it has kept must not meet a server that is just closing it.
  server.keepAliveTimeout = 300_000;
  return server;
}

export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A web byte stream of these bytes, which fills whatever view it is handed. */
export function byteStream(bytes: Buffer): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    type: 'bytes',
    autoAllocateChunkSize: 65_536,
    pull(controller) {
      const view = controller.byobRequest?.view as Uint8Array<ArrayBuffer>;
      const part = bytes.subarray(at, at + view.byteLength);
      new Uint8Array(view.buffer, view.byteOffset, part.length).set(part);
      at += part.length;
      if (part.length === 0) controller.close();
      controller.byobRequest?.respond(part.length);
    },
  }) as ReadableStream<Uint8Array>;
}

export function whenClosed(response: ServerResponse): Promise<unknown> {
  if (response.closed || response.req.socket.destroyed) return Promise.resolve();
  return new Promise((resolve) => response.once('close', resolve));
}
