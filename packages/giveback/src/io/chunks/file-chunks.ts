import { type FileHandle, open } from 'node:fs/promises';
import { GivebackTypeError, got } from '../../core/errors.ts';
import { abortable, checkSignal, type Signal, throwIfAborted } from '../../core/signal.ts';
import { checkNames, checkObject, integer } from '../../core/validate.ts';
import { type BufferPool, checkPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { Chunks } from './chunks.ts';

const MOST = Number.MAX_SAFE_INTEGER;

export interface ReadChunksOptions {
  /** Bytes of a chunk, the last one but maybe shorter. Default 256 KiB. */
  readonly chunkSize?: number | undefined;
  /** The first byte to read. Default 0; of a `FileHandle`, where it stands. */
  readonly start?: number | undefined;
  /** The last byte to read, itself included, as in `fs.createReadStream`. Default: the file's last. */
  readonly end?: number | undefined;
  readonly signal?: Signal | undefined;
}

interface Resolved extends ReadChunksOptions {
  readonly chunkSize: number;
  readonly end: number;
}

/**
 * The bytes of a file in recycled chunks. Waits for room where `buffers` has a budget. A file that is
 * named by its path is opened and closed here; a `FileHandle` stays open.
 *
 * When `signal` is aborted the loop throws its reason at once; a chunk that is being read into at that
 * moment is discarded.
 *
 * @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for arguments that are not as documented; the
 * loop throws what opening and reading the file throws, and what `acquire` throws.
 * @example
 * for await (const chunk of readChunks('video.mp4', buffers)) hash.update(chunk);
 */
export function readChunks(
  file: FileHandle | string | Buffer | URL,
  buffers: BufferPool,
  options: ReadChunksOptions = {},
): Chunks {
  checkFile(file);
  checkPool(buffers);
  return new Chunks(read(file, buffers, resolve(options)));
}

function resolve(options: ReadChunksOptions): Resolved {
  checkObject('options', options);
  checkNames(options, ['chunkSize', 'start', 'end', 'signal']);
  const { start, end = MOST, signal } = options;
  checkSignal(signal);
  return {
    chunkSize: integer('chunkSize', options.chunkSize ?? 256 * 1024, 1, 2 ** 31 - 1),
    start: start === undefined ? undefined : integer('start', start, 0, MOST),
    end: integer('end', end, start ?? 0, MOST),
    signal,
  };
}

async function* read(
  file: FileHandle | string | Buffer | URL,
  buffers: BufferPool,
  { chunkSize, start, end, signal }: Resolved,
): AsyncGenerator<RecycledBuffer, void> {
  throwIfAborted(signal);
  const isOwn = !isHandle(file);
  const handle = isOwn ? await open(file) : file;
  // A handle that is told no position goes on where it stands, which a pipe can only do.
  let position = start ?? null;
  let left = end - (start ?? 0) + 1;
  try {
    while (left > 0) {
      const chunk = await readChunk(handle, buffers, Math.min(chunkSize, left), position, signal);
      if (chunk === undefined) return;
      left -= chunk.length;
      if (position !== null) position += chunk.length;
      yield chunk;
    }
  } finally {
    // It waits for the read that was given up, which may take for ever.
    const closed = isOwn ? handle.close() : undefined;
    if (signal?.aborted) closed?.catch(() => {});
    else await closed;
  }
}

/** At most `size` bytes; undefined at the end of the file. */
async function readChunk(
  handle: FileHandle,
  buffers: BufferPool,
  size: number,
  position: number | null,
  signal: Signal | undefined,
): Promise<RecycledBuffer | undefined> {
  throwIfAborted(signal);
  const chunk = await buffers.acquire(size, { signal });
  let reading: Promise<{ readonly bytesRead: number }> | undefined;
  try {
    throwIfAborted(signal);
    reading = handle.read(chunk, 0, size, position);
    const { bytesRead } = await abortable(reading, signal);
    if (bytesRead > 0) return buffers.resize(chunk, bytesRead);
  } catch (error) {
    // Node does not pin what it reads into: whoever got this buffer next would find it written to.
    if (reading !== undefined && signal?.aborted) buffers.discard(chunk);
    else buffers.give(chunk);
    throw error;
  }
  buffers.give(chunk);
  return undefined;
}

function isHandle(file: unknown): file is FileHandle {
  return typeof (file as FileHandle | null)?.read === 'function';
}

function checkFile(file: unknown): void {
  if (typeof file === 'string' || file instanceof URL || Buffer.isBuffer(file) || isHandle(file))
    return;
  throw new GivebackTypeError(`Expected \`file\` to be a path or a FileHandle, ${got(file)}.`);
}
