import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { abortable, onAbort } from '../../core/signal.ts';
import type { BufferPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { endLease } from '../../leasing/view.ts';
import { fileChunks } from '../chunks/file-chunks.ts';
import { onread } from '../chunks/onread.ts';
import { closedEarly, isReadable, isWebStream } from '../chunks/readable.ts';
import { streamChunks } from '../chunks/stream-chunks.ts';
import { isSocket } from './nodes-own.ts';
import * as sources from './source.ts';

/** What takes the chunks of a feed. */
export interface Outlet {
  /** Whether the feed should wait for `room` before it brings more. */
  readonly isFull: boolean;
  /** Takes a chunk over: the lease of a recycled one is its to end. */
  take(chunk: Uint8Array): void;
  /** Resolves when it can take another chunk. */
  room(): Promise<void>;
  /** Is told of what `take` has thrown. */
  fail(error: unknown): void;
}

/** Passes everything from a source to the outlet. Rejects if the source fails or the signal is aborted. */
export type Feed = (outlet: Outlet) => Promise<void>;

interface Feeding {
  readonly chunkSize: number | undefined;
  /** Aborted when no more chunks are wanted, for whatever reason. */
  readonly signal: AbortSignal;
}

/**
 * Chooses how to read a source, but does not begin to read it.
 *
 * @throws `ERR_GIVEBACK_TYPE` for anything but a source; `ERR_GIVEBACK_SOURCE` for one that cannot be read.
 */
export function feedFrom(source: sources.PumpSource, buffers: BufferPool, feeding: Feeding): Feed {
  const { signal } = feeding;
  if (isReadable(source)) {
    sources.checkReadable(source);
    // A socket that reads into recycled memory emits no `'data'`, which its listeners would miss.
    return isSocket(source) && source.listenerCount('data') === 0
      ? (outlet) => feedFromSocket(source, buffers, feeding, outlet)
      : (outlet) => feedFromStream(source, signal, outlet);
  }
  if (isWebStream(source)) {
    sources.checkWebStream(source);
    return feedFromChunks(streamChunks(source, buffers, feeding), signal);
  }
  if (sources.isAsyncIterable(source)) return feedFromChunks(source, signal);
  sources.checkFile(source);
  return feedFromChunks(fileChunks(source, buffers, feeding), signal);
}

/** Begins the loop at once, as there may be only one, but asks for no chunk yet. */
function feedFromChunks(chunks: AsyncIterable<unknown>, signal: AbortSignal): Feed {
  const iterator = chunks[Symbol.asyncIterator]();
  return (outlet) => feedFromIterator(iterator, signal, outlet);
}

async function feedFromIterator(
  iterator: AsyncIterator<unknown>,
  signal: AbortSignal,
  outlet: Outlet,
): Promise<void> {
  let isReading = false;
  // A function of its own, as one that waits refers to its variables: a chunk that was discarded is to be collected
  // while the next one waits for its room.
  const takeNext = async (): Promise<boolean> => {
    isReading = true;
    const { done, value } = await iterator.next();
    isReading = false;
    if (done) return true;
    // A read may end late. Its chunk has no owner then.
    if (signal.aborted) endLease((value ?? {}) as RecycledBuffer);
    else outlet.take(sources.bytesOf(value));
    return false;
  };
  try {
    for (;;) {
      await abortable(outlet.room(), signal);
      if (await abortable(takeNext(), signal)) return;
    }
  } catch (error) {
    const ending = endOf(iterator);
    // A read that is still under way may never end.
    if (!isReading) await ending;
    throw error;
  }
}

/** Ends an iterator early. Its error is ignored in favour of the one that led to this. */
async function endOf(iterator: AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {}
}

async function feedFromSocket(
  source: Socket,
  buffers: BufferPool,
  { chunkSize, signal }: Feeding,
  outlet: Outlet,
): Promise<void> {
  const handler = async (chunk: RecycledBuffer): Promise<void> => {
    outlet.take(chunk);
    await outlet.room();
  };
  const reading = onread(buffers, handler, { chunkSize });
  reading.attach(source);
  // A server may have paused it until now: see `pauseOnConnect`.
  source.resume();
  await endOfStream(source, signal);
  await abortable(reading.handed(), signal);
}

/** Takes the source's own chunks by events: its iterator would join them. */
async function feedFromStream(
  source: Readable,
  signal: AbortSignal,
  outlet: Outlet,
): Promise<void> {
  const onData = (chunk: unknown): void => {
    try {
      outlet.take(sources.bytesOf(chunk));
    } catch (error) {
      outlet.fail(error);
    }
    if (!outlet.isFull) return;
    source.pause();
    outlet.room().then(
      () => source.resume(),
      () => {},
    );
  };
  source.on('data', onData);
  source.resume();
  try {
    await endOfStream(source, signal);
  } finally {
    source.off('data', onData);
  }
}

/** Resolves when a stream has been read to its end. */
export function endOfStream(source: Readable, signal: AbortSignal): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const settle = (how: () => void): void => {
      off();
      source.off('end', onEnd).off('error', onError).off('close', onClose);
      how();
    };
    const onEnd = (): void => settle(resolve);
    const onError = (error: unknown): void => settle(() => reject(error));
    const onClose = (): void => onError(closedEarly());
    const off = onAbort(signal, () => onError(signal.reason));
    source.on('end', onEnd).on('error', onError).on('close', onClose);
    // It may have ended or closed since it was found to be readable: no event tells that any more.
    if (source.readableEnded) onEnd();
    else if (source.closed) onError(source.errored ?? closedEarly());
  });
}
