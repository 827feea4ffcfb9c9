import type { Writable } from 'node:stream';
import { abortable, throwIfAborted } from '../../core/signal.ts';
import { checkLeased } from '../../leasing/check-leased.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { endLease } from '../../leasing/view.ts';
import { hold, letGo } from './holds.ts';
import { checkWritable } from './writable.ts';
import { checkWriteOptions, type WriteOptions } from './write-options.ts';
import { written } from './written.ts';

/**
 * Writes a buffer that you own to a stream, and gives it back when the stream is done with it: when it was
 * sent, or when the stream has failed or was destroyed, but never before. Do not touch the buffer after the
 * call, except to write it to more streams: it is given back when the last of them is done.
 *
 * A stream that may keep the bytes, because it is not one of Node's or somebody has replaced its functions,
 * gets them for good: the buffer is *discarded*, which costs as much as not recycling it. Set `retains:
 * false` for a stream that keeps nothing once it has called back.
 *
 * @returns a promise that resolves when the buffer was written. For a stream whose `write` is not Node's,
 * and which may lose the callback, it resolves when the stream takes more.
 * @throws (rejects with) the stream's error; the signal's reason, while the write goes on, unless the
 * signal was aborted before the call; `ERR_GIVEBACK_TYPE` for arguments that are not as documented and
 * `ERR_GIVEBACK_NOT_LEASED` for a buffer that is not lent any more: nothing is written or given back then.
 * As always in Node, an error of a stream without an `'error'` listener ends the process.
 * @example
 * const part = buffers.get(size);
 * await file.read(part);
 * await writeAndGive(socket, part);
 */
export async function writeAndGive(
  stream: Writable,
  buffer: RecycledBuffer,
  options: WriteOptions = {},
): Promise<void> {
  checkWritable('stream', stream);
  checkLeased('buffer', buffer);
  checkWriteOptions(options);
  const { retains, signal } = options;
  if (signal?.aborted) endLease(buffer);
  throwIfAborted(signal);
  const error = await abortable(writeOwned(stream, buffer, retains), signal);
  if (error !== undefined) throw error;
}

/**
 * Writes bytes that this library owns from now on, and ends their lease, if they have one.
 *
 * @returns a promise of the error, or of undefined. It never rejects.
 */
export function writeOwned(
  stream: Writable,
  bytes: Uint8Array,
  retains: boolean | undefined,
): Promise<unknown> {
  const buffer = bytes as RecycledBuffer;
  hold(buffer, endLease);
  return written(stream, [buffer], retains, letGo);
}
