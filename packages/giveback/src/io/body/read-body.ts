import type { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { GivebackError, GivebackTypeError, got } from '../../core/errors.ts';
import { release } from '../../core/platform.ts';
import { abortable, checkSignal, type Signal, throwIfAborted } from '../../core/signal.ts';
import {
  checkNames,
  checkObject,
  flag,
  integer,
  invalidValue,
  limit,
} from '../../core/validate.ts';
import { type BufferPool, checkPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { isRecycled } from '../../leasing/view.ts';
import { Growing, tooLarge } from './growing-buffer.ts';

export interface ReadBodyOptions {
  /** The most bytes to take. Default 64 MiB. */
  readonly limit?: number | undefined;
  /** How many bytes to expect. Default: what the `content-length` says. Wrong, it costs time only. */
  readonly size?: number | undefined;
  readonly signal?: Signal | undefined;
  /**
   * Milliseconds to wait, each time, while the recycler's budget leaves no room; the source is paused
   * meanwhile. 0: not at all. Default `Infinity`: bodies that wait hold what has come of them, so
   * where many may come at once, set it.
   */
  readonly timeout?: number | undefined;
  /**
   * Whether to free the memory of each chunk as soon as it has been copied, and not to leave it to the
   * collector: most of what an upload costs is these. It is a promise that nobody else keeps the
   * source's chunks, nor anything that records bodies: they would have length 0. Left alone are chunks
   * that another `'data'` listener gets as well, and parts of a larger array buffer. Default `false`.
   */
  readonly freeChunks?: boolean | undefined;
}

export interface ResolvedBodyOptions extends ReadBodyOptions {
  readonly limit: number;
  readonly timeout: number;
  readonly freeChunks: boolean;
}

/** A fetch `Request` or `Response`, by its shape. */
export interface FetchBody {
  readonly body: unknown;
  readonly bodyUsed: boolean;
  readonly headers: { get(name: string): string | null };
}

/** Whatever `readBody` reads: an `IncomingMessage` is a `Readable`. */
export type BodySource = Readable | ReadableStream<Uint8Array> | FetchBody;

/**
 * All bytes of a source in one recycled buffer, without the chunks beside the whole that
 * `Buffer.concat` needs. What is reserved follows what has come: a false `content-length` reserves
 * nothing. Compressed bodies stay compressed.
 *
 * When it rejects, everything has been given back, and the source destroyed or cancelled; but not a
 * request to a server, which is paused, so that it can be answered.
 *
 * @throws (rejects with) `ERR_GIVEBACK_TOO_LARGE`; `ERR_GIVEBACK_SOURCE` for a source that was read
 * already, is locked or ends before its end; `ERR_GIVEBACK_TYPE` for one that is none, or yields
 * anything but bytes; what `get` and `acquire` throw; the source's own error; the signal's reason.
 * @example
 * http.createServer(async (request, response) => {
 *   using body = await readBody(request, buffers, { limit: 10_000_000 });
 *   response.end(createHash('sha256').update(body).digest('hex'));
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

/** Complete and checked. @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE`. */
export function resolveBodyOptions(options: ReadBodyOptions): ResolvedBodyOptions {
  checkObject('options', options);
  checkNames(options, ['limit', 'size', 'signal', 'timeout', 'freeChunks']);
  const { size, signal, timeout = Infinity } = options;
  checkSignal(signal);
  if (!(typeof timeout === 'number' && timeout >= 0))
    throw invalidValue('timeout', 'milliseconds from 0, or Infinity', timeout);
  return {
    limit: limit('limit', options.limit ?? 64 * 1024 * 1024, 0),
    size: size === undefined ? undefined : integer('size', size, 0, Number.MAX_SAFE_INTEGER),
    signal,
    timeout,
    freeChunks: flag('freeChunks', options.freeChunks ?? false),
  };
}

/** What a `content-length` says; 0 where there is none or it is no number. */
function lengthOf(header: unknown): number {
  return typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : 0;
}

/** What a Node message has beside its stream. */
interface Message {
  readonly headers?: { readonly 'content-length'?: string };
  readonly method?: string | null;
}

async function readStream(
  source: Readable,
  buffers: BufferPool,
  options: ResolvedBodyOptions,
): Promise<RecycledBuffer> {
  const { limit, size, signal, timeout } = options;
  const { headers, method } = source as Message;
  const announced = lengthOf(headers?.['content-length']);
  const body = new Growing(buffers, limit, size ?? announced);
  const over = new AbortController();
  try {
    throwIfAborted(signal);
    checkUnread(source);
    // The parser holds a message to what it announces, so there is no need to see it come.
    if (announced > limit) throw tooLarge(limit, announced);
    await eachChunk(source, signal, (chunk) => {
      const freeChunks = options.freeChunks && source.listenerCount('data') === 1;
      return append(body, chunk, { signal: over.signal, timeout, freeChunks });
    });
    return await body.finish({ signal, timeout });
  } catch (error) {
    body.abandon();
    // To destroy a request to a server would be to destroy its response.
    if (headers !== undefined && typeof method === 'string') source.pause();
    else source.on('error', () => {}).destroy();
    throw error;
  } finally {
    over.abort();
  }
}

/**
 * Calls `take` for each chunk until the source ends, and pauses it as long as a promise of `take`'s is
 * pending. By events, not by the stream's iterator: that joins what has piled up, in buffers of its own.
 */
function eachChunk(
  source: Readable,
  signal: Signal | undefined,
  take: (chunk: unknown) => Promise<void> | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let taking: Promise<void> | undefined;
    const stop = (): void => {
      source.off('data', onData).off('end', onEnd).off('error', fail).off('close', onClose);
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (error: unknown): void => {
      // The source's own error may be on its way, and nobody else may listen.
      source.on('error', () => {});
      stop();
      reject(error);
    };
    const done = (): void => {
      stop();
      resolve();
    };
    const onEnd = (): void => {
      // A source that was paused at its last chunk ends all the same, and closes.
      source.off('close', onClose);
      if (taking === undefined) done();
      else taking.then(done, fail);
    };
    const onData = (chunk: unknown): void => {
      try {
        taking = take(chunk);
        if (taking === undefined) return;
        source.pause();
        taking.then(() => {
          taking = undefined;
          source.resume();
        }, fail);
      } catch (error) {
        fail(error);
      }
    };
    const onClose = (): void => fail(unreadable('one that closed before its end'));
    const onAbort = (): void => fail(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    source.on('data', onData).on('end', onEnd).on('error', fail).on('close', onClose);
  });
}

async function readFetchBody(
  source: FetchBody,
  buffers: BufferPool,
  options: ResolvedBodyOptions,
): Promise<RecycledBuffer> {
  if (source.bodyUsed) throw unreadable('one that was read already');
  const size = options.size ?? lengthOf(source.headers.get('content-length'));
  if (source.body === null) return buffers.acquire(0, { signal: options.signal });
  return readWebStream(source.body as ReadableStream<Uint8Array>, buffers, { ...options, size });
}

async function readWebStream(
  source: ReadableStream<Uint8Array>,
  buffers: BufferPool,
  options: ResolvedBodyOptions,
): Promise<RecycledBuffer> {
  const { limit, size = 0, signal, timeout } = options;
  if (source.locked) throw unreadable('one that is locked to a reader');
  const reader = source.getReader();
  const body = new Growing(buffers, limit, size);
  try {
    throwIfAborted(signal);
    for (;;) {
      const { done, value } = await abortable(reader.read(), signal);
      if (done) return await body.finish({ signal, timeout });
      await append(body, value, options);
    }
  } catch (error) {
    body.abandon();
    reader.cancel(error).catch(() => {});
    throw error;
  } finally {
    reader.releaseLock();
  }
}

/** A promise where it has to wait for room. */
function append(
  body: Growing,
  chunk: unknown,
  { signal, timeout, freeChunks }: Pick<ResolvedBodyOptions, 'signal' | 'timeout' | 'freeChunks'>,
): Promise<void> | undefined {
  if (!(chunk instanceof Uint8Array))
    throw new GivebackTypeError(`Expected \`source\` to yield bytes, ${got(chunk)}.`);
  const appended = (): void => {
    if (freeChunks) free(chunk);
  };
  try {
    body.append(chunk);
  } catch (error) {
    if (timeout === 0 || (error as GivebackError).code !== 'ERR_GIVEBACK_BUDGET') throw error;
    return body.appendWhenRoom(chunk, { signal, timeout }).then(appended);
  }
  appended();
  return undefined;
}

/** Of a chunk that has its array buffer to itself, and is no recycler's. */
function free(chunk: Uint8Array): void {
  const { buffer } = chunk;
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === chunk.byteLength;
  if (isWhole && !isRecycled(chunk)) release(buffer);
}

function checkUnread(source: Readable): void {
  if (source.readableDidRead || source.readableEnded) throw unreadable('one that was read already');
  if (source.destroyed) throw unreadable('one that was destroyed');
}

function unreadable(what: string): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_SOURCE',
    `Expected \`source\` to be a stream to read from its beginning to its end, got ${what}.`,
  );
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
