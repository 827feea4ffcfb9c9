import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { GivebackTypeError, got } from '../../core/errors.ts';
import { type BufferPool, checkPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { hasOnread } from '../chunks/accepted.ts';
import { isReadable, isWebStream, unreadable } from '../chunks/readable.ts';
import type { ByteStream } from '../chunks/stream-chunks.ts';
import { isSocket } from '../write/nodes-own.ts';
import { FrameLoop } from './frame-loop.ts';
import { type FramesOptions, resolveFramesOptions } from './frame-options.ts';
import type { FrameSource } from './frame-source.ts';
import { SocketSource } from './socket-source.ts';
import { StreamSource } from './stream-source.ts';
import { WebSource } from './web-source.ts';

/**
 * The frames of a protocol, for one loop: messages that tell their `length`, that end with a `delimiter`, or
 * that `parse` finds. A frame is a buffer of exactly its bytes, header or delimiter among them, so all frames
 * together are what the source has sent. The loop owns each frame: give it back at the end of the loop's
 * body, or let `using` do so.
 *
 * The source is read only as fast as the loop asks for frames. Memory follows what has come: what a peer
 * announces is believed once a sixteenth of it has come, and an idle socket holds nothing of the recycler. If
 * the recycler has a budget that is spent, the loop waits for room, and holds nothing meanwhile.
 *
 * Sockets of `node:net` and `node:tls` read into recycled memory, and into large frames directly; they must
 * not have an `onread` of their own. Other streams are copied. When the loop ends early, by `break`, an error
 * or `signal`, the source is destroyed or cancelled. When the source ends, it is left as it is, so that a
 * socket that is half open can still be answered. Either way all memory has been given back.
 *
 * @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for arguments that are not as documented;
 * `ERR_GIVEBACK_SOURCE` for a source that was closed, is locked, or has an encoding or an `onread`. The loop throws, after
 * all whole frames: the source's error; `ERR_GIVEBACK_FRAME` if the source ends within a frame;
 * `ERR_GIVEBACK_SOURCE` if it closes without having ended. And at once: `ERR_GIVEBACK_TOO_LARGE` for a frame
 * beyond `maxFrame`; `ERR_GIVEBACK_FRAME` for one that says it is shorter than its header; what `parse`
 * throws; the signal's reason; what `acquire` throws. A second loop throws `ERR_GIVEBACK_SOURCE`.
 * @example
 * for await (const frame of frames(socket, buffers, { length: { bytes: 4 }, maxFrame: 1_000_000 })) {
 *   try {
 *     handle(frame.subarray(4));
 *   } finally {
 *     buffers.give(frame);
 *   }
 * }
 */
export function frames(
  source: Readable | ByteStream,
  buffers: BufferPool,
  options: FramesOptions,
): AsyncGenerator<RecycledBuffer, void, void> {
  checkPool(buffers);
  const resolved = resolveFramesOptions(options);
  return new FrameLoop(sourceOf(source, buffers), buffers, resolved);
}

function sourceOf(source: Readable | ByteStream, buffers: BufferPool): FrameSource {
  if (isWebStream(source)) {
    if (source.locked) throw unreadable('one that is locked to a reader');
    return new WebSource(source);
  }
  if (!isReadable(source))
    throw new GivebackTypeError(
      `Expected \`source\` to be a Readable or a ReadableStream, ${got(source)}.`,
    );
  if (source.destroyed) throw unreadable('one that was destroyed');
  if (source.readableEncoding) throw unreadable('one with an encoding, which yields strings');
  if (!isSocket(source)) return new StreamSource(source);
  if (hasOnread(source)) throw unreadable('a socket with an `onread`, which takes its bytes');
  return isReadByOthers(source) ? new StreamSource(source) : new SocketSource(source, buffers);
}

/** Those who listen would get nothing of a socket that reads into recycled memory. */
function isReadByOthers(socket: Socket): boolean {
  return socket.listenerCount('data') > 0 || socket.listenerCount('readable') > 0;
}
