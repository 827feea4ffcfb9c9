import type { Readable, Writable } from 'node:stream';
import { abortable, onAbort, type Signal, throwIfAborted } from '../../core/signal.ts';
import { flag, integer } from '../../core/validate.ts';
import { type BufferPool, checkPool } from '../../leasing/buffer-pool.ts';
import { isReadable } from '../chunks/readable.ts';
import { knowledgeOf } from './destinations.ts';
import { emitsClose, stopWaitingFor, watchEndings } from './endings.ts';
import { feedFrom } from './feeds.ts';
import { isStandardOutput } from './nodes-own.ts';
import { WritingOutlet } from './outlet.ts';
import type { PumpSource } from './source.ts';
import { checkOpen, checkWritable, cutOff } from './writable.ts';
import { checkWriteOptions, type WriteOptions } from './write-options.ts';

/** In chunks of what size `pump` copies, and how it ends. */
export interface PumpOptions extends WriteOptions {
  /**
   * The most bytes of a chunk: 1 to 2^31 − 1.
   *
   * @default 64 KiB from a socket or a web stream, 256 KiB from a file
   */
  readonly chunkSize?: number | undefined;
  /**
   * Stops the pump and destroys both streams: the promise rejects with the signal's reason.
   *
   * @default none
   */
  readonly signal?: Signal | undefined;
  /**
   * Whether to end `destination` after the last byte.
   *
   * @default true; `process.stdout` and `process.stderr` are never ended
   */
  readonly end?: boolean | undefined;
}

/**
 * Writes everything from a source to a destination in recycled chunks, at the destination's pace, and ends
 * the destination. Files (a path or a `FileHandle`) and web streams are read as by `fileChunks` and
 * `streamChunks`. A socket that nobody has read from yet reads into recycled memory. The chunks of an async
 * iterable are taken over. The chunks of any other stream, which are not recycled, are passed on.
 *
 * Chunks are given back when the destination is done with them. A destination that may keep them, because
 * it is not one of Node's or somebody has replaced its functions, gets them for good: they are *discarded*,
 * which costs as much as not recycling them. Set `retains: false` for a destination that keeps nothing once
 * it has called back.
 *
 * When it rejects, every chunk has been given back or discarded, and both streams are destroyed. If an
 * argument is invalid, nothing changes.
 *
 * @returns a promise of the number of bytes, which resolves when the destination has written them all.
 * @throws (rejects with) the error of either side; the signal's reason; what `acquire` throws;
 * `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for arguments that are not as documented;
 * `ERR_GIVEBACK_SOURCE` for a source that was read or closed already, or that somebody else reads;
 * `ERR_GIVEBACK_DESTINATION` for a destination that was ended or closed.
 * @example
 * await pump('video.mp4', response, buffers);
 */
export async function pump(
  source: PumpSource,
  destination: Writable,
  buffers: BufferPool,
  options: PumpOptions = {},
): Promise<number> {
  checkWritable('destination', destination);
  checkPool(buffers);
  checkPumpOptions(options);
  const { chunkSize, signal, retains } = options;
  checkOpen('destination', destination);
  throwIfAborted(signal);
  // Aborted as soon as anything fails, and at the end.
  const over = new AbortController();
  const feed = feedFrom(source, buffers, { chunkSize, signal: over.signal });
  const outlet = new WritingOutlet(destination, retains, (error) => over.abort(error));
  const ends = (options.end ?? true) && !isStandardOutput(destination);
  const off = onAbort(signal, () => over.abort(signal?.reason));
  const heedSource = isReadable(source) ? ignoreErrors(source) : undefined;
  const heedDestination = ignoreErrors(destination);
  const ending = watchEnding(destination, over);
  try {
    await feed(outlet);
    await abortable(outlet.settled(), over.signal);
    throwIfAborted(over.signal);
    if (ends) {
      destination.end();
      await abortable(ending.finished, over.signal);
    }
    heedSource?.(true);
    heedDestination(ends);
    return outlet.bytes;
  } catch (error) {
    over.abort(error);
    outlet.close();
    if (isReadable(source)) source.destroy?.();
    destroy(destination);
    await outlet.settled();
    throw error;
  } finally {
    ending.stop();
    off();
    over.abort();
  }
}

function checkPumpOptions(options: PumpOptions): void {
  checkWriteOptions(options, ['chunkSize', 'end']);
  const { chunkSize, end } = options;
  if (chunkSize !== undefined) integer('chunkSize', chunkSize, 1, 2 ** 31 - 1);
  if (end !== undefined) flag('end', end);
}

/** Watches a destination: aborts `over` if it ends before it has finished. */
function watchEnding(
  destination: Writable,
  over: AbortController,
): { readonly finished: Promise<void>; stop(): void } {
  let stop = (): void => {};
  const finished = new Promise<void>((resolve) => {
    let isFinished = false;
    stop = watchEndings(destination, {
      finish: () => {
        isFinished = true;
        resolve();
      },
      // It may close before whoever awaits `finished` goes on.
      close: () => isFinished || over.abort(cutOff()),
      error: (error) => isFinished || over.abort(error),
    });
  });
  return { finished, stop };
}

/**
 * Keeps errors of a stream from ending the process: the pump rejects with them. A destroyed stream may emit
 * them late, when nobody is interested.
 *
 * @returns a function that stops this, for when all went well: at once or, if the stream `isEnding`, when
 * it closes.
 */
function ignoreErrors(stream: Readable | Writable): (isEnding: boolean) => void {
  const ignore = (): void => {};
  const stop = (): void => void stream.off('error', ignore);
  stream.on('error', ignore);
  return (isEnding) => {
    if (isEnding) stream.once('close', stop);
    else stop();
  };
}

/** Destroys the destination, and stops waiting for writes whose ends it may never report. */
function destroy(destination: Writable): void {
  destination.destroy?.();
  if (!knowledgeOf(destination).keepsNothing || !emitsClose(destination))
    stopWaitingFor(destination);
}
