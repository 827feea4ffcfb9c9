import type { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { GivebackTypeError, got } from '../../core/errors.ts';
import { abortable, throwIfAborted } from '../../core/signal.ts';
import type { ResolvedAcquireOptions } from '../../leasing/acquire-options.ts';
import { type BufferPool, checkPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { isReadable, isWebStream, unreadable } from '../chunks/readable.ts';
import {
  type ReadBodyOptions,
  type ResolvedBodyOptions,
  resolveBodyOptions,
} from './body-options.ts';
import { detachChunk } from './detach-chunk.ts';
import { checkUnread, eachChunk } from './each-chunk.ts';
import { appendOrWait, GrowingBuffer, tooLarge } from './growing-buffer.ts';
import { announcedBy, leave, lengthOf } from './message.ts';

/** A fetch `Request` or `Response`, described by its shape. */
export interface FetchBody {
  readonly body: unknown;
  readonly bodyUsed: boolean;
  readonly headers: { get(name: string): string | null };
}

/** What `readBody` reads. An `IncomingMessage` is a `Readable`. */
export type BodySource = Readable | ReadableStream<Uint8Array> | FetchBody;

/**
 * Reads all bytes of a source into one recycled buffer of exactly that length. Unlike `Buffer.concat`, it
 * needs no memory for all chunks besides. What is reserved follows what has come, so a false
 * `content-length` reserves nothing. Compressed bodies stay compressed.
 *
 * When it rejects, everything has been given back, and the source has been destroyed or cancelled. A
 * request to a server is only paused, so that it can be answered. If an argument is invalid, or somebody
 * else has read from the source, the source is left alone.
 *
 * @returns a promise of the body, which is yours to give back.
 * @throws (rejects with) `ERR_GIVEBACK_TOO_LARGE`; `ERR_GIVEBACK_SOURCE` for a source that was read
 * already, is locked, or closes before its end; `ERR_GIVEBACK_TYPE` for anything else than a source, or one
 * that yields anything but bytes; what `get` and `acquire` throw; the source's own error; the signal's
 * reason.
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

/** A body to be filled. Throws if more than `limit` is announced. */
function growing(
  buffers: BufferPool,
  { limit, expectedLength }: ResolvedBodyOptions,
  announced: number,
): GrowingBuffer {
  if (announced > limit) throw tooLarge(limit, announced);
  // A length beyond all integers will never come.
  const expected = expectedLength ?? (Number.isSafeInteger(announced) ? announced : 0);
  return new GrowingBuffer(buffers, { limit, expectedLength: expected });
}

/** The finished body. An empty one has no buffer yet, and may have to wait for room. */
async function finish(
  body: GrowingBuffer,
  buffers: BufferPool,
  { signal, waitTimeout }: ResolvedBodyOptions,
): Promise<RecycledBuffer> {
  if (body.length > 0) return body.finish();
  body.discard();
  return waitTimeout === 0 ? buffers.get(0) : buffers.acquire(0, { signal, timeout: waitTimeout });
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
    // Node's parser makes sure that a message has the length it announces.
    const filling = growing(buffers, options, announcedBy(source));
    body = filling;
    const { signal, waitTimeout: timeout } = options;
    // An aborted signal ends `eachChunk`, and the wait for room with it.
    const waiting = { signal: undefined, timeout };
    await eachChunk(source, signal, (chunk) => {
      const detaches = options.detachChunks && source.listenerCount('data') === 1;
      return append(filling, chunk, waiting, detaches);
    });
    return await finish(filling, buffers, options);
  } catch (error) {
    body?.[Symbol.dispose]();
    leave(source);
    throw error;
  }
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
  // The `content-length` is that of the encoded body, but fetch decodes it.
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

/** Appends a chunk. @returns a promise if it has to wait for room. */
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

function isFetchBody(source: unknown): source is FetchBody {
  const { body, bodyUsed, headers } = (source ?? {}) as Partial<FetchBody>;
  return body !== undefined && typeof bodyUsed === 'boolean' && typeof headers?.get === 'function';
}
