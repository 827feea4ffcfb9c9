import type { Readable, Writable } from 'node:stream';
import { abortable, onAbort, type Signal, throwIfAborted } from '../../core/signal.ts';
import { flag, integer } from '../../core/validate.ts';
import { type BufferPool, checkPool } from '../../leasing/buffer-pool.ts';
import { knowledgeOf } from './destinations.ts';
import { abandon, saysClosed, watchEndings } from './endings.ts';
import { type Feed, feedFrom } from './feeds.ts';
import { isStandardOutput } from './nodes-own.ts';
import { Outlet } from './outlet.ts';
import { isStream, type PumpSource } from './source.ts';
import { checkOpen, checkWritable, cutOff } from './writable.ts';
import { checkWriteOptions, type WriteOptions } from './write-options.ts';

/** How `pump` takes bytes from its source to its destination. */
export interface PumpOptions extends WriteOptions {
  /**
   * The most bytes of a chunk.
   *
   * @default 64 KiB from a socket or a web stream, 256 KiB from a file
   */
  readonly chunkSize?: number | undefined;
  /** Stops the pump, and destroys both streams. */
  readonly signal?: Signal | undefined;
  /**
   * Whether to end `destination` after the last byte.
   *
   * @default true, but never of `process.stdout` and `process.stderr`
   */
  readonly end?: boolean | undefined;
}

/**
 * Takes everything from a source to a destination in recycled chunks, at the destination's pace, and
 * ends it. A file (a path or a `FileHandle`) and a web stream are read as by `fileChunks` and
 * `streamChunks`; a socket that nobody has read from yet reads into recycled memory. An async iterable
 * hands its chunks over. Any other stream makes chunks of its own, which are passed on as they are.
 *
 * Chunks are given back when the destination is done with them. One that may keep them, because it is
 * none of Node's or somebody has replaced its functions, gets them for good: they are *discarded*, which
 * costs what not recycling them would have cost. Say `retains: false` of a destination that keeps nothing
 * once it has called back.
 *
 * When it rejects, every chunk has been given back or discarded, and both streams are destroyed; unless an
 * argument was refused: nothing has changed then.
 *
 * @returns a promise of how many bytes it took, which resolves when the destination has them all.
 * @throws (rejects with) the error of either side; the signal's reason; what `acquire` throws;
 * `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for arguments that are not as documented;
 * `ERR_GIVEBACK_SOURCE` for a source that was read already or that somebody else reads, or that was
 * closed; `ERR_GIVEBACK_DESTINATION` for a destination that was ended or closed.
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
  // Aborted as soon as anything fails, and in the end.
  const over = new AbortController();
  const feed = feedFrom(source, buffers, { chunkSize, signal: over.signal });
  const outlet = new Outlet(destination, retains, (error) => over.abort(error));
  const end = (options.end ?? true) && !isStandardOutput(destination);
  const off = onAbort(signal, () => over.abort(signal?.reason));
  const heedSource = isStream(source) ? ignoreErrors(source) : undefined;
  const heedDestination = ignoreErrors(destination);
  try {
    await run(feed, outlet, destination, end, over);
    heedSource?.(true);
    heedDestination(end);
    return outlet.bytes;
  } catch (error) {
    over.abort(error);
    outlet.close();
    if (isStream(source)) source.destroy?.();
    destroy(destination);
    await outlet.settled();
    throw error;
  } finally {
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

async function run(
  feed: Feed,
  outlet: Outlet,
  destination: Writable,
  end: boolean,
  over: AbortController,
): Promise<void> {
  const { signal } = over;
  let isFinished = false;
  let onFinish = (): void => {};
  const finished = new Promise<void>((resolve) => {
    onFinish = resolve;
  });
  const stop = watchEndings(destination, {
    finish: () => {
      isFinished = true;
      onFinish();
    },
    // One that has finished closes before the promise of that is heard of.
    close: () => isFinished || over.abort(cutOff()),
    error: (error) => isFinished || over.abort(error),
  });
  try {
    await feed(outlet);
    await abortable(outlet.settled(), signal);
    throwIfAborted(signal);
    if (!end) return;
    destination.end();
    await abortable(finished, signal);
  } finally {
    stop();
  }
}

/**
 * Keeps the errors of a stream from ending the process: the pump has them. Of one that was destroyed they
 * may come late, and are nobody's news then.
 *
 * @returns what stops that, if all went well: at once, or, with `isEnding`, when the stream has closed.
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

/** Destroys it, and lets go of what is written to it and of which nothing more may be heard. */
function destroy(destination: Writable): void {
  destination.destroy?.();
  if (!knowledgeOf(destination).keepsNothing || !saysClosed(destination)) abandon(destination);
}
