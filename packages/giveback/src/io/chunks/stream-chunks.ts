import { GivebackError, GivebackTypeError, got } from '../../core/errors.ts';
import { abortable, checkSignal, type Signal } from '../../core/signal.ts';
import { checkNames, checkObject, integer } from '../../core/validate.ts';
import { type BufferPool, checkPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { endLease } from '../../leasing/view.ts';
import { byobReaderOf, canRestore, readByob } from './byob.ts';
import { type ChunkSource, chunksOf } from './chunk-loop.ts';

/** A `ReadableStream` of bytes, described by its shape: Node's type and the DOM's differ. */
export interface ByteStream {
  readonly locked: boolean;
  cancel(reason?: unknown): Promise<void>;
  getReader(): ByteStreamReader;
}

/** A reader of a `ByteStream`, described by its shape. */
export interface ByteStreamReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(reason?: unknown): Promise<void>;
  releaseLock(): void;
}

/** In chunks of what size `streamChunks` reads. */
export interface StreamChunksOptions {
  /**
   * The most bytes of a chunk: 1 to 2^31 − 1.
   *
   * @default 64 KiB
   */
  readonly chunkSize?: number | undefined;
  /**
   * Ends the loop, which throws the signal's reason.
   *
   * @default none
   */
  readonly signal?: Signal | undefined;
}

/**
 * The bytes of a web stream in recycled chunks, for one loop. A byte stream reads directly into them
 * ("bring your own buffer"). The chunks of other streams are copied, and so are all chunks if the
 * recycler's memory is shared, which byte streams refuse.
 *
 * The loop owns each chunk: give it back at the end of the loop's body, or let `using` do so. A chunk that
 * is not given back is left to the collector and counted as a leak. So whatever keeps chunks (`pipeline`,
 * `Readable.from`, `Array.fromAsync`) gets the right bytes, but nothing is recycled.
 *
 * If the recycler has a budget, the loop waits for room. A loop that keeps its chunks then waits until the
 * collector has found those it dropped, or until `signal` is aborted.
 *
 * The stream is locked when the loop begins. A loop that ends early cancels it, as the stream's own loop
 * would, and discards the buffer being read into.
 *
 * @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for arguments that are not as documented;
 * `ERR_GIVEBACK_SOURCE` for a stream that is locked. The loop throws the stream's error, the signal's
 * reason, and what `acquire` throws; `ERR_GIVEBACK_TYPE` if the stream yields anything but bytes. A second
 * loop throws `ERR_GIVEBACK_SOURCE`.
 * @example
 * for await (const chunk of streamChunks(response.body, buffers)) {
 *   hash.update(chunk);
 *   buffers.give(chunk);
 * }
 */
export function streamChunks(
  stream: ByteStream,
  buffers: BufferPool,
  options: StreamChunksOptions = {},
): AsyncGenerator<RecycledBuffer, void, void> {
  if (typeof stream?.getReader !== 'function')
    throw new GivebackTypeError(`Expected \`stream\` to be a ReadableStream, ${got(stream)}.`);
  checkPool(buffers);
  checkObject('options', options);
  checkNames(options, ['chunkSize', 'signal']);
  const { signal } = options;
  checkSignal(signal);
  const chunkSize = integer('chunkSize', options.chunkSize ?? 64 * 1024, 1, 2 ** 31 - 1);
  if (stream.locked) throw locked();
  return chunksOf(new StreamReader(stream, buffers, chunkSize), signal);
}

/** Reads the next chunk; undefined at the end. */
type ReadChunk = (signal: Signal) => Promise<RecycledBuffer | undefined>;

class StreamReader implements ChunkSource<RecycledBuffer> {
  readonly #stream: ByteStream;
  readonly #buffers: BufferPool;
  readonly #chunkSize: number;
  #reader: Omit<ByteStreamReader, 'read'> | undefined;
  #readChunk: ReadChunk | undefined;

  constructor(stream: ByteStream, buffers: BufferPool, chunkSize: number) {
    this.#stream = stream;
    this.#buffers = buffers;
    this.#chunkSize = chunkSize;
  }

  read(signal: Signal): Promise<RecycledBuffer | undefined> {
    this.#readChunk ??= this.#lock();
    return this.#readChunk(signal);
  }

  drop(chunk: RecycledBuffer): void {
    endLease(chunk);
  }

  async close(early?: { readonly reason: unknown }): Promise<void> {
    const reader = this.#reader;
    // If somebody else has locked the stream meanwhile, it is theirs.
    const mine = reader ?? (this.#stream.locked ? undefined : this.#stream);
    // If the stream has failed, the read has thrown its error.
    if (early !== undefined) mine?.cancel(early.reason).catch(() => {});
    reader?.releaseLock();
  }

  #lock(): ReadChunk {
    const [stream, buffers, chunkSize] = [this.#stream, this.#buffers, this.#chunkSize];
    if (stream.locked) throw locked();
    if (canRestore(buffers)) {
      const byob = byobReaderOf(stream);
      this.#reader = byob;
      if (byob !== undefined) return (signal) => readByob(byob, buffers, chunkSize, signal);
    }
    const reader = stream.getReader();
    this.#reader = reader;
    return copying(reader, buffers, chunkSize);
  }
}

/** Copies what the stream yields to chunks of at most that size. */
function copying(reader: ByteStreamReader, buffers: BufferPool, chunkSize: number): ReadChunk {
  const nothing = new Uint8Array(0);
  let rest: Uint8Array = nothing;
  return async (signal) => {
    while (rest.length === 0) {
      const { done, value } = await abortable(reader.read(), signal);
      if (done) return undefined;
      if (!(value instanceof Uint8Array))
        throw new GivebackTypeError(`Expected \`stream\` to yield bytes, ${got(value)}.`);
      rest = value;
    }
    const chunk = await buffers.acquire(Math.min(rest.length, chunkSize), { signal });
    chunk.set(rest.subarray(0, chunk.length));
    rest = rest.length === chunk.length ? nothing : rest.subarray(chunk.length);
    return chunk;
  };
}

function locked(): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_SOURCE',
    'Expected `stream` to be one that nobody else reads, got one that is locked to a reader.',
  );
}
