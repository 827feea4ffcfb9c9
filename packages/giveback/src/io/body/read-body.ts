import type { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { GivebackTypeError, got } from '../../core/errors.ts';
import { abortable, throwIfAborted } from '../../core/signal.ts';
import type { ResolvedAcquireOptions } from '../../leasing/acquire-options.ts';
import { type BufferPool, checkPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import {
  type ReadBodyOptions,
  type ResolvedBodyOptions,
  resolveBodyOptions,
} from './body-options.ts';
import { detachChunk } from './detach-chunk.ts';
import { checkUnread, eachChunk, unreadable } from './each-chunk.ts';
import { appendOrWait, GrowingBuffer, tooLarge } from './growing-buffer.ts';

/** A fetch `Request` or `Response`, by its shape. */
export interface FetchBody {
  readonly body: unknown;
  readonly bodyUsed: boolean;
  readonly headers: { get(name: string): string | null };
}

/** Whatever `readBody` reads: an `IncomingMessage` is a `Readable`. */
export type BodySource = Readable | ReadableStream<Uint8Array> | FetchBody;

/**
 * All bytes of a source in one recycled buffer of that length, without the chunks beside the whole that
 * `Buffer.concat` needs. What is reserved follows what has come: a false `content-length` reserves
 * nothing. Compressed bodies stay compressed.
 *
 * When it rejects, everything has been given back, and the source destroyed or cancelled; but not a
 * request to a server, which is paused, so that it can be answered. Where an argument is refused, or the
 * source was read by somebody else, that is left alone.
 *
 * @throws (rejects with) `ERR_GIVEBACK_TOO_LARGE`; `ERR_GIVEBACK_SOURCE` for a source that was read
 * already, is locked or ends before its end; `ERR_GIVEBACK_TYPE` for one that is none, or yields
 * anything but bytes; what `get` and `acquire` throw; the source's own error; the signal's reason.
 * @example
 * http.createServer(async (request, response) => {
 *   const body = await readBody(request, buffers, { limit: 10_000_000 });
 *   try {
 *     response.end(createHash('sha256').update(body).digest('hex'));
 *   } finally {
 *     buffers.give(body);
 *   }
 * });
 */
export async function readBody(
  source: BodySource,
  buffers: BufferPool,
  options: ReadBodyOptions = {},
): Promise<RecycledBuffer> {
  checkPool(buffers);
  const resolved = resolveBodyOptions(options);
  if (isReadable(source)) return readStream(source, buffers, resolved);
  if (isFetchBody(source)) return readFetchBody(source, buffers, resolved);
  if (isWebStream(source)) return readWebStream(source, buffers, resolved);
  throw new GivebackTypeError(
    `Expected \`source\` to be a Readable, a ReadableStream, a Request or a Response, ${got(source)}.`,
  );
}

/** What a `content-length` says; 0 where there is none or it is no number. */
function lengthOf(header: unknown): number {
  return typeof header === 'string' && /^\d+$/.test(header) ? Number(header) : 0;
}

/** A body to be filled. What is announced beyond all lengths is refused by its limit, or never comes. */
function growing(
  buffers: BufferPool,
  { limit, expectedLength }: ResolvedBodyOptions,
  announced: number,
): GrowingBuffer {
  if (announced > limit) throw tooLarge(limit, announced);
  const expected = expectedLength ?? (Number.isSafeInteger(announced) ? announced : 0);
  return new GrowingBuffer(buffers, { limit, expectedLength: expected });
}

/** Without a byte there is nothing to grow: one of length 0 may have to wait for room as any other. */
async function finish(
  body: GrowingBuffer,
  buffers: BufferPool,
  { signal, waitTimeout }: ResolvedBodyOptions,
): Promise<RecycledBuffer> {
  if (body.length > 0) return body.finish();
  body.discard();
  return waitTimeout === 0 ? buffers.get(0) : buffers.acquire(0, { signal, timeout: waitTimeout });
}

/** What a Node message has beside its stream. */
interface Message {
  readonly headers?: { readonly 'content-length'?: string };
  /** Of a request to a server. */
  readonly method?: string | null;
  /** Of a response to a client: what it answers. */
  readonly req?: { readonly method?: string };
  /** Of a server's HTTP/2 stream. */
  readonly respond?: unknown;
}

async function readStream(
  source: Readable,
  buffers: BufferPool,
  options: ResolvedBodyOptions,
): Promise<RecycledBuffer> {
  checkUnread(source);
  let body: GrowingBuffer | undefined;
  try {
    throwIfAborted(options.signal);
    // The parser holds a message to what it announces, so there is no need to see it come.
    const filling = growing(buffers, options, announcedBy(source as Message));
    body = filling;
    const { signal, waitTimeout: timeout } = options;
    // The signal ends the reading, and that the wait.
    const waiting = { signal: undefined, timeout };
    await eachChunk(source, signal, (chunk) => {
      const detaches = options.detachChunks && source.listenerCount('data') === 1;
      return append(filling, chunk, waiting, detaches);
    });
    return await finish(filling, buffers, options);
  } catch (error) {
    body?.[Symbol.dispose]();
    if (mustBeAnswered(source as Message)) source.pause();
    else source.on('error', () => {}).destroy();
    throw error;
  }
}

/** The `content-length` of a message that has the body which it announces. */
function announcedBy(source: Message): number {
  return source.req?.method === 'HEAD' ? 0 : lengthOf(source.headers?.['content-length']);
}

/** To destroy a request to a server would be to destroy its response. */
function mustBeAnswered({ headers, method, respond }: Message): boolean {
  return (headers !== undefined && typeof method === 'string') || typeof respond === 'function';
}

async function readFetchBody(
  source: FetchBody,
  buffers: BufferPool,
  options: ResolvedBodyOptions,
): Promise<RecycledBuffer> {
  if (source.bodyUsed) throw unreadable('one that was read already');
  const { body, headers } = source;
  if (body === null) return finish(growing(buffers, options, 0), buffers, options);
  const length = lengthOf(headers.get('content-length'));
  // What comes out of a decoder has another length.
  const announced = headers.get('content-encoding') === null ? length : 0;
  return readWebStream(body as ReadableStream<Uint8Array>, buffers, options, announced);
}

async function readWebStream(
  source: ReadableStream<Uint8Array>,
  buffers: BufferPool,
  options: ResolvedBodyOptions,
  announced = 0,
): Promise<RecycledBuffer> {
  const { signal, waitTimeout: timeout, detachChunks } = options;
  if (source.locked) throw unreadable('one that is locked to a reader');
  const reader = source.getReader();
  let body: GrowingBuffer | undefined;
  try {
    throwIfAborted(signal);
    body = growing(buffers, options, announced);
    for (;;) {
      const { done, value } = await abortable(reader.read(), signal);
      if (done) return await finish(body, buffers, options);
      await append(body, value, { signal, timeout }, detachChunks);
    }
  } catch (error) {
    body?.[Symbol.dispose]();
    reader.cancel(error).catch(() => {});
    throw error;
  } finally {
    reader.releaseLock();
  }
}

/** A promise where it has to wait for room. */
function append(
  body: GrowingBuffer,
  chunk: unknown,
  waiting: ResolvedAcquireOptions,
  detaches: boolean,
): Promise<void> | undefined {
  if (!(chunk instanceof Uint8Array))
    throw new GivebackTypeError(`Expected \`source\` to yield bytes, ${got(chunk)}.`);
  const appending = appendOrWait(body, chunk, waiting);
  if (!detaches) return appending;
  if (appending !== undefined) return appending.then(() => void detachChunk(chunk));
  detachChunk(chunk);
  return undefined;
}

function isReadable(source: unknown): source is Readable {
  const { on, read, pause } = (source ?? {}) as Partial<Readable>;
  return [on, read, pause].every((method) => typeof method === 'function');
}

function isFetchBody(source: unknown): source is FetchBody {
  const { body, bodyUsed, headers } = (source ?? {}) as Partial<FetchBody>;
  return body !== undefined && typeof bodyUsed === 'boolean' && typeof headers?.get === 'function';
}

function isWebStream(source: unknown): source is ReadableStream<Uint8Array> {
  return typeof (source as Partial<ReadableStream> | null)?.getReader === 'function';
}
