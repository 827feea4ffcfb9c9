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
 * Writes a buffer that you own to a stream, and gives it back when the stream is done with it: when it has
 * been sent, or when the stream has failed or was destroyed; never before. Do not touch it after the call.
 * You may write it to several streams: it is given back when the last of them is done.
 *
 * A stream that may keep the bytes, because it is none of Node's or somebody has replaced its functions,
 * gets them for good: the buffer is *discarded*, which costs what not recycling it would have cost. Say
 * `retains: false` of a stream that keeps nothing once it has called back.
 *
 * @returns a promise of the write, which rejects with the stream's error. Of a stream whose `write` is not
 * Node's, and which may lose the callback, it resolves when the stream takes more. As ever, a stream
 * whose `'error'` nobody listens to ends the process.
 * @throws (rejects with) the signal's reason: the write goes on then, unless it was aborted before;
 * `ERR_GIVEBACK_TYPE` for arguments that are not as documented, `ERR_GIVEBACK_NOT_LEASED` for a buffer that
 * is not lent any more: nothing has been written or given back then.
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
 * Writes bytes whose owner is this library from now on, and ends their lease, if they have one.
 *
 * @returns a promise of the error there was, or undefined; it never rejects.
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
