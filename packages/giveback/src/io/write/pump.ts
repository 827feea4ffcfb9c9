import { Socket } from 'node:net';
import { Readable, type Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { checkSignal, type Signal, throwIfAborted } from '../../core/signal.ts';
import { checkNames, checkObject, flag } from '../../core/validate.ts';
import { type BufferPool, checkPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { endLease } from '../../leasing/view.ts';
import { type FileSource, fileChunks } from '../chunks/file-chunks.ts';
import { onread } from '../chunks/onread.ts';
import { write } from './write-and-give.ts';
import { checkWritable } from './written.ts';

export interface PumpOptions {
  /** Bytes of a chunk. Default 64 KiB from a socket, 256 KiB from a file. */
  readonly chunkSize?: number | undefined;
  readonly signal?: Signal | undefined;
  /** Whether to end `destination` after the last byte. Default true. */
  readonly end?: boolean | undefined;
}

export type PumpSource = FileSource | Socket | AsyncIterable<RecycledBuffer> | Readable;

/** Writes at a time that a destination has not finished. With fewer it idles between two of them. */
const MOST_WRITES = 4;

/**
 * Takes everything from a source to a destination in recycled chunks, at the destination's pace, and
 * ends it. A file (a path or a `FileHandle`) and what `fileChunks` or `streamChunks` returned are read as
 * there; a socket that nobody has read from yet reads into recycled memory. Any other stream makes
 * chunks of its own, which are piped as they are.
 *
 * When it rejects, every chunk has been given back, and both streams are destroyed.
 *
 * @returns a promise of how many bytes it took, which resolves when the destination has them all.
 * @throws (rejects with) the error of either side; the signal's reason; what `acquire` throws;
 * `ERR_GIVEBACK_TYPE` for arguments that are not as documented.
 */
export async function pump(
  source: PumpSource,
  destination: Writable,
  buffers: BufferPool,
  options: PumpOptions = {},
): Promise<number> {
  checkWritable('destination', destination);
  checkPool(buffers);
  checkObject('options', options);
  checkNames(options, ['chunkSize', 'signal', 'end']);
  const { chunkSize, signal } = options;
  checkSignal(signal);
  const end = flag('end', options.end ?? true);
  throwIfAborted(signal);

  // Ends what is still going on once anything has failed, or all is done.
  const over = new AbortController();
  const onAbort = (): void => over.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const outlet = new Outlet(destination);
  try {
    const feeding = feed(source, outlet, buffers, { chunkSize, signal: over.signal });
    await Promise.race([feeding, failure(destination, over.signal)]);
    if (end) {
      destination.end();
      await finished(destination, { readable: false });
    }
    return outlet.bytes;
  } catch (error) {
    over.abort(error);
    destination.destroy();
    if (source instanceof Readable) source.destroy();
    await outlet.settled();
    throw error;
  } finally {
    over.abort();
    signal?.removeEventListener('abort', onAbort);
  }
}

/** Where chunks go: each is given back when its write is over. */
class Outlet {
  readonly stream: Writable;
  bytes = 0;
  readonly #writes = new Set<Promise<void>>();
  #error: unknown;

  constructor(stream: Writable) {
    this.stream = stream;
  }

  get isFull(): boolean {
    return this.#writes.size >= MOST_WRITES;
  }

  /** The chunk is the outlet's now. */
  take(chunk: RecycledBuffer): void {
    this.bytes += chunk.length;
    const end = (error?: unknown): void => {
      this.#error ??= error;
      this.#writes.delete(writing);
    };
    const writing: Promise<void> = write(this.stream, chunk).then(() => end(), end);
    this.#writes.add(writing);
  }

  /** Resolves when another chunk may come. @throws (rejects with) the error of any write. */
  async room(): Promise<void> {
    while (this.isFull) await Promise.race(this.#writes);
    if (this.#error !== undefined) throw this.#error;
  }

  /** Resolves when all writes are over. */
  async settled(): Promise<void> {
    await Promise.all(this.#writes);
  }

  /** The same. @throws (rejects with) the error of any write. */
  async done(): Promise<void> {
    await this.settled();
    await this.room();
  }
}

type Feeding = Pick<PumpOptions, 'chunkSize'> & { readonly signal: AbortSignal };

async function feed(
  source: PumpSource,
  outlet: Outlet,
  buffers: BufferPool,
  { chunkSize, signal }: Feeding,
): Promise<void> {
  if (source instanceof Socket)
    await feedFromSocket(source, outlet, buffers, { chunkSize, signal });
  else if (source instanceof Readable) await pass(source, outlet, signal);
  else {
    const chunks =
      typeof source === 'object' && Symbol.asyncIterator in source
        ? source
        : fileChunks(source, buffers, { chunkSize, signal });
    for await (const chunk of chunks) {
      try {
        await outlet.room();
        throwIfAborted(signal);
      } catch (error) {
        endLease(chunk);
        throw error;
      }
      outlet.take(chunk);
    }
  }
  await outlet.done();
}

async function feedFromSocket(
  source: Socket,
  outlet: Outlet,
  buffers: BufferPool,
  { chunkSize, signal }: Feeding,
): Promise<void> {
  const take = (chunk: RecycledBuffer): boolean => {
    outlet.take(chunk);
    if (!outlet.isFull) return true;
    outlet.room().then(
      () => source.resume(),
      () => {},
    );
    return false;
  };
  const reading = onread(buffers, take, { chunkSize });
  reading.attach(source);
  await finished(source, { writable: false, signal });
  await reading.handed();
}

async function pass(source: Readable, outlet: Outlet, signal: AbortSignal): Promise<void> {
  source.on('data', (bytes: Uint8Array) => {
    outlet.bytes += bytes.length;
  });
  await pipeline(source, outlet.stream, { signal, end: false });
}

/** Never resolves; rejects when the stream has failed or closed, or the signal is aborted. */
function failure(stream: Writable, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const onClose = (): void => reject(new Error('The destination closed before its end.'));
    const onAbort = (): void => {
      stream.off('close', onClose);
      reject(signal.reason);
    };
    // It stays: errors may come after a stream was destroyed, and are nobody's news then.
    stream.on('error', reject);
    stream.once('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
