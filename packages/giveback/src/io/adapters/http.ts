import type { IncomingMessage, ServerResponse } from 'node:http';
import { GivebackError } from '../../core/errors.ts';
import { checkNames, checkObject, text } from '../../core/validate.ts';
import { type BufferPool, checkPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { type ReadBodyOptions, readBody, resolveBodyOptions } from '../body/read-body.ts';
import { lendUntilSent } from '../write/give-after.ts';

/** As of `readBody`. With `timeout: 0` a spent budget is answered with 503 at once. */
export type BodyOptions = Pick<ReadBodyOptions, 'limit' | 'timeout' | 'freeChunks'>;

const BODY_OPTIONS = ['limit', 'timeout', 'freeChunks'] as const;

/** A request after the middleware; without a body it has none. */
export interface RequestWithBody extends IncomingMessage {
  body?: RecycledBuffer;
}

export type BodyMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** What an error has for whoever answers it: express and fastify look for these names. */
interface HttpError extends GivebackError {
  statusCode?: number;
  status?: number;
}

const STATUS: Readonly<Record<string, number>> = {
  ERR_GIVEBACK_TOO_LARGE: 413,
  // Shared blocks have a size that nothing exceeds.
  ERR_GIVEBACK_RANGE: 413,
  ERR_GIVEBACK_SOURCE: 400,
  ERR_GIVEBACK_BUDGET: 503,
  ERR_GIVEBACK_TIMEOUT: 503,
  ERR_GIVEBACK_MEMORY: 503,
  ERR_GIVEBACK_CLOSED: 503,
};

/**
 * For express, connect and plain `node:http`: puts the request's body in one recycled buffer,
 * `request.body`, and gives it back when the response has been sent. Where the client goes before
 * that, it is discarded, as whoever handles the request may be using it still. A discarded block of shared
 * memory never comes back: with a `SharedBufferRecycler` use `readBody` and `write`, which know who uses it.
 *
 * What goes wrong is passed to `next`, with a `statusCode`: 413 for a body over `limit`, 503 where the
 * budget leaves no room, 400 for a body that ends early. The connection is closed after such an answer.
 *
 * @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for options that are not as documented.
 * @example
 * app.post('/files', bodyMiddleware(buffers, { limit: 10_000_000 }), (request, response) => {
 *   response.send(`${request.body.length} bytes`);
 * });
 */
export function bodyMiddleware(buffers: BufferPool, options: BodyOptions = {}): BodyMiddleware {
  check(buffers, options, BODY_OPTIONS);
  return (request, response, next) => {
    if (!announcesBody(request)) return next();
    readUntilSent(request, response, buffers, options).then(
      (body) => {
        (request as RequestWithBody).body = body;
        next();
      },
      (error: unknown) => {
        if (!response.headersSent) response.setHeader('connection', 'close');
        next(error);
      },
    );
  };
}

/** The part of fastify that the plugin uses: its own types are nobody's dependency. */
interface Fastify {
  addHook(
    name: 'onRequest',
    hook: (request: object, reply: FastifyReply, done: () => void) => void,
  ): unknown;
  addContentTypeParser(
    type: string,
    parser: (request: object, payload: IncomingMessage) => Promise<RecycledBuffer>,
  ): unknown;
}

interface FastifyReply {
  readonly raw: ServerResponse;
  header(name: string, value: string): unknown;
}

export interface FastifyBodyOptions extends BodyOptions {
  /** The content type whose bodies are taken. Default `'*'`: all that have no other parser. */
  readonly contentType?: string | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: fastify's own type, which it has by many parameters.
export type FastifyBodyPlugin = (fastify: any, options: object, done: () => void) => void;

/**
 * The same for fastify, as a plugin: a content-type parser that puts the body in one recycled buffer,
 * `request.body`.
 *
 * @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for options that are not as documented.
 * @example
 * app.register(fastifyBody(buffers, { limit: 10_000_000 }));
 * app.post('/files', async (request) => `${request.body.length} bytes`);
 */
export function fastifyBody(
  buffers: BufferPool,
  options: FastifyBodyOptions = {},
): FastifyBodyPlugin {
  check(buffers, options, [...BODY_OPTIONS, 'contentType']);
  const { contentType = '*', ...bodyOptions } = options;
  text('contentType', contentType);
  // A parser is handed the request alone, and the body lasts until the reply has been sent.
  const replies = new WeakMap<object, FastifyReply>();
  const plugin = (fastify: Fastify, _options: object, done: () => void): void => {
    fastify.addHook('onRequest', (request, reply, go) => {
      replies.set(request, reply);
      go();
    });
    fastify.addContentTypeParser(contentType, async (request, payload) => {
      const reply = replies.get(request) as FastifyReply;
      try {
        return await readUntilSent(payload, reply.raw, buffers, bodyOptions);
      } catch (error) {
        reply.header('connection', 'close');
        throw error;
      }
    });
    done();
  };
  // For the whole of whoever registers it, and not for a scope of its own: fastify's own convention.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true });
}

function check(buffers: BufferPool, options: BodyOptions, names: readonly string[]): void {
  checkPool(buffers);
  checkObject('options', options);
  checkNames(options, names);
  const { limit, timeout, freeChunks } = options;
  resolveBodyOptions({ limit, timeout, freeChunks });
}

function announcesBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0;
}

async function readUntilSent(
  request: IncomingMessage,
  response: ServerResponse,
  buffers: BufferPool,
  options: BodyOptions,
): Promise<RecycledBuffer> {
  // A client that goes while its body waits for room leaves the queue.
  const gone = new AbortController();
  const onClose = (): void => gone.abort(closedEarly());
  response.once('close', onClose);
  try {
    const body = await readBody(request, buffers, { ...options, signal: gone.signal });
    if (gone.signal.aborted) {
      body[Symbol.dispose]();
      throw gone.signal.reason;
    }
    lendUntilSent(response, body);
    return body;
  } catch (error) {
    const status = STATUS[(error as GivebackError).code] ?? 400;
    if (error instanceof Error) Object.assign(error as HttpError, { status, statusCode: status });
    throw error;
  } finally {
    response.off('close', onClose);
  }
}

function closedEarly(): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_SOURCE',
    'Expected the client to stay until its body had come, got the end of its connection.',
  );
}
