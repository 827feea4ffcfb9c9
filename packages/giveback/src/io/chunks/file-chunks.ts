import { type FileHandle, open } from 'node:fs/promises';
import { GivebackTypeError, got } from '../../core/errors.ts';
import { abortable, checkSignal, type Signal, throwIfAborted } from '../../core/signal.ts';
import { checkNames, checkObject, integer } from '../../core/validate.ts';
import { type BufferPool, checkPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { discardLease, endLease } from '../../leasing/view.ts';
import { type ChunkSource, chunksOf } from './chunk-loop.ts';

const MOST = Number.MAX_SAFE_INTEGER;

/** Which bytes `fileChunks` reads, and in chunks of what size. */
export interface FileChunksOptions {
  /**
   * Bytes of a chunk: 1 to 2^31 − 1. The last one may be shorter.
   *
   * @default 256 KiB
   */
  readonly chunkSize?: number | undefined;
  /**
   * The offset of the first byte to read.
   *
   * @default 0; for a `FileHandle`, its present position
   */
  readonly start?: number | undefined;
  /**
   * The offset of the last byte to read, inclusive, as in `fs.createReadStream`.
   *
   * @default the end of the file
   */
  readonly end?: number | undefined;
  /**
   * Ends the loop, which throws the signal's reason.
   *
   * @default none
   */
  readonly signal?: Signal | undefined;
}

interface Range {
  readonly chunkSize: number;
  readonly start: number | undefined;
  readonly end: number;
}

/** A file: its path, or an open handle. */
export type FileSource = FileHandle | string | Buffer | URL;

/**
 * The bytes of a file in recycled chunks, for one loop. A file given by its path is opened when the loop
 * begins and closed when it ends. A `FileHandle` stays open.
 *
 * The loop owns each chunk: give it back at the end of the loop's body, or let `using` do so. A chunk that
 * is not given back is left to the collector and counted as a leak. So whatever keeps chunks (a stream made
 * with `Readable.from`, `Array.fromAsync`) gets the right bytes, but nothing is recycled.
 *
 * If the recycler has a budget, the loop waits for room. A loop that keeps its chunks then waits until the
 * collector has found those it dropped, or until `signal` is aborted.
 *
 * If `signal` is aborted or the loop ends during a read, the buffer being read into is discarded.
 *
 * @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for arguments that are not as documented. The loop
 * throws what opening and reading the file throws, and what `acquire` throws. A second loop throws
 * `ERR_GIVEBACK_SOURCE`.
 * @example
 * for await (const chunk of fileChunks('video.mp4', buffers)) {
 *   hash.update(chunk);
 *   buffers.give(chunk);
 * }
 */
export function fileChunks(
  file: FileSource,
  buffers: BufferPool,
  options: FileChunksOptions = {},
): AsyncGenerator<RecycledBuffer, void, void> {
  checkFile(file);
  checkPool(buffers);
  const range = resolve(options);
  // The caller may overwrite the bytes of a path before the loop begins.
  const source = Buffer.isBuffer(file) ? Buffer.from(file) : file;
  return chunksOf(new FileReader(source, buffers, range), options.signal);
}

function resolve(options: FileChunksOptions): Range {
  checkObject('options', options);
  checkNames(options, ['chunkSize', 'start', 'end', 'signal']);
  const { start, end = MOST, signal } = options;
  checkSignal(signal);
  return {
    chunkSize: integer('chunkSize', options.chunkSize ?? 256 * 1024, 1, 2 ** 31 - 1),
    start: start === undefined ? undefined : integer('start', start, 0, MOST),
    end: integer('end', end, start ?? 0, MOST),
  };
}

class FileReader implements ChunkSource<RecycledBuffer> {
  readonly #file: FileSource;
  readonly #buffers: BufferPool;
  readonly #chunkSize: number;
  /** Null to read on from the handle's position, which is all that a pipe can do. */
  #position: number | null;
  #left: number;
  #handle: FileHandle | undefined;
  #isReading = false;

  constructor(file: FileSource, buffers: BufferPool, { chunkSize, start, end }: Range) {
    this.#file = file;
    this.#buffers = buffers;
    this.#chunkSize = chunkSize;
    this.#position = start ?? null;
    this.#left = end - (start ?? 0) + 1;
  }

  async read(signal: Signal): Promise<RecycledBuffer | undefined> {
    this.#handle ??= await this.#open(signal);
    if (this.#left === 0) return undefined;
    const size = Math.min(this.#chunkSize, this.#left);
    const chunk = await this.#buffers.acquire(size, { signal });
    try {
      const bytes = await this.#readInto(this.#handle, chunk, signal);
      this.#left -= bytes;
      if (this.#position !== null) this.#position += bytes;
      if (bytes > 0) return this.#buffers.resize(chunk, bytes);
    } catch (error) {
      // Node goes on reading into this buffer: whoever got it next would find it overwritten.
      if (this.#isReading) discardLease(chunk);
      else this.#buffers.give(chunk);
      throw error;
    }
    this.#buffers.give(chunk);
    return undefined;
  }

  drop(chunk: RecycledBuffer): void {
    endLease(chunk);
  }

  async close(): Promise<void> {
    if (this.#handle === undefined || isHandle(this.#file)) return;
    const closing = this.#handle.close();
    // It waits for an aborted read, which may take for ever.
    if (this.#isReading) closing.catch(() => {});
    else await closing;
  }

  async #open(signal: Signal): Promise<FileHandle> {
    if (isHandle(this.#file)) return this.#file;
    const opening = open(this.#file);
    try {
      return await abortable(opening, signal);
    } catch (error) {
      // A named pipe opens only when somebody writes to it, which may be long after the loop has ended.
      opening.then((handle) => handle.close()).catch(() => {});
      throw error;
    }
  }

  async #readInto(handle: FileHandle, chunk: RecycledBuffer, signal: Signal): Promise<number> {
    throwIfAborted(signal);
    this.#isReading = true;
    const reading = handle.read(chunk, 0, chunk.length, this.#position).finally(() => {
      this.#isReading = false;
    });
    const { bytesRead } = await abortable(reading, signal);
    return bytesRead;
  }
}

/** Checks the shape, because Node does not export the class. File streams have no `stat`. */
function isHandle(file: unknown): file is FileHandle {
  const { read, stat, close } = (file ?? {}) as Partial<FileHandle>;
  return [read, stat, close].every((method) => typeof method === 'function');
}

function checkFile(file: unknown): void {
  if (typeof file === 'string' || file instanceof URL || Buffer.isBuffer(file) || isHandle(file))
    return;
  throw new GivebackTypeError(`Expected \`file\` to be a path or a FileHandle, ${got(file)}.`);
}
