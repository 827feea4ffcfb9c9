import type { ReadableStream, ReadableStreamBYOBReader } from 'node:stream/web';
import { BufferRecycler } from '../../buffers/buffer-recycler.ts';
import { GivebackError, GivebackTypeError, got } from '../../core/errors.ts';
import { abortable, checkSignal, type Signal, throwIfAborted } from '../../core/signal.ts';
import { checkNames, checkObject, integer } from '../../core/validate.ts';
import { type BufferPool, checkPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { Chunks } from './chunks.ts';

export interface ReadBytesOptions {
  /** The most bytes of a chunk. Default 64 KiB. */
  readonly chunkSize?: number | undefined;
  readonly signal?: Signal | undefined;
}

/**
 * The bytes of a web stream in recycled chunks. A byte stream reads into them directly ("bring your own
 * buffer"): that takes the bytes of the buffer it is lent away and brings them back in another, which
 * is adopted in its place. From other streams, and into shared memory, which byte streams refuse,
 * chunks are copied.
 *
 * A loop that ends early cancels the stream, as the stream's own loop would.
 *
 * @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for arguments that are not as documented;
 * `ERR_GIVEBACK_SOURCE` for a stream that is locked; the loop throws the stream's error, the signal's
 * reason, and what `acquire` throws.
 * @example
 * for await (const chunk of readBytes(response.body, buffers)) hash.update(chunk);
 */
export function readBytes(
  stream: ReadableStream<Uint8Array>,
  buffers: BufferPool,
  options: ReadBytesOptions = {},
): Chunks {
  if (typeof stream?.getReader !== 'function')
    throw new GivebackTypeError(`Expected \`stream\` to be a ReadableStream, ${got(stream)}.`);
  checkPool(buffers);
  checkObject('options', options);
  checkNames(options, ['chunkSize', 'signal']);
  const { signal } = options;
  checkSignal(signal);
  const chunkSize = integer('chunkSize', options.chunkSize ?? 64 * 1024, 1, 2 ** 31 - 1);
  if (stream.locked)
    throw new GivebackError(
      'ERR_GIVEBACK_SOURCE',
      'Expected `stream` to be one that nobody else reads, got one that is locked to a reader.',
    );
  return new Chunks(
    buffers instanceof BufferRecycler
      ? readInto(stream, buffers, chunkSize, signal)
      : copy(stream, buffers, chunkSize, signal),
  );
}

async function* readInto(
  stream: ReadableStream<Uint8Array>,
  buffers: BufferRecycler,
  chunkSize: number,
  signal: Signal | undefined,
): AsyncGenerator<RecycledBuffer, void> {
  const reader = byobReader(stream);
  if (reader === undefined) yield* copy(stream, buffers, chunkSize, signal);
  else
    yield* untilDone(reader, signal, async function* () {
      for (;;) {
        const chunk = await readChunk(reader, buffers, chunkSize, signal);
        if (chunk === undefined) return;
        yield chunk;
      }
    });
}

/** Undefined where the stream is no byte stream. */
function byobReader(stream: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | undefined {
  try {
    return stream.getReader({ mode: 'byob' });
  } catch {
    return undefined;
  }
}

async function readChunk(
  reader: ReadableStreamBYOBReader,
  buffers: BufferRecycler,
  size: number,
  signal: Signal | undefined,
): Promise<RecycledBuffer | undefined> {
  const lent = await buffers.acquire(size, { signal });
  try {
    throwIfAborted(signal);
    const view = new Uint8Array(lent.buffer as ArrayBuffer, 0, size);
    const { value, done } = await abortable(reader.read(view), signal);
    if (value !== undefined) {
      const chunk = buffers.restore(lent, value);
      if (!done) return chunk;
      buffers.give(chunk);
      return undefined;
    }
  } catch (error) {
    giveUp(lent, buffers);
    throw error;
  }
  giveUp(lent, buffers);
  return undefined;
}

/** Bytes that were taken and have not come back are the stream's. */
function giveUp(lent: RecycledBuffer, buffers: BufferPool): void {
  if (lent.buffer.byteLength === 0) buffers.discard(lent);
  else buffers.give(lent);
}

async function* copy(
  stream: ReadableStream<Uint8Array>,
  buffers: BufferPool,
  chunkSize: number,
  signal: Signal | undefined,
): AsyncGenerator<RecycledBuffer, void> {
  const reader = stream.getReader();
  yield* untilDone(reader, signal, async function* () {
    for (;;) {
      const { done, value } = await abortable(reader.read(), signal);
      if (done) return;
      if (!(value instanceof Uint8Array))
        throw new GivebackTypeError(`Expected \`stream\` to yield bytes, ${got(value)}.`);
      for (let from = 0; from < value.length; from += chunkSize) {
        const part = value.subarray(from, from + chunkSize);
        const chunk = await buffers.acquire(part.length, { signal });
        chunk.set(part);
        yield chunk;
      }
    }
  });
}

/** Lets go of the stream in the end, and cancels it unless it was read to its end. */
async function* untilDone(
  reader: { cancel(reason?: unknown): Promise<void>; releaseLock(): void },
  signal: Signal | undefined,
  read: () => AsyncGenerator<RecycledBuffer, void>,
): AsyncGenerator<RecycledBuffer, void> {
  let reason: unknown = 'The loop ended early.';
  let isDone = false;
  try {
    throwIfAborted(signal);
    yield* read();
    isDone = true;
  } catch (error) {
    reason = error;
    throw error;
  } finally {
    // Its own error, if it has one, has been thrown by the read that met it.
    if (!isDone) reader.cancel(reason).catch(() => {});
    reader.releaseLock();
  }
}
