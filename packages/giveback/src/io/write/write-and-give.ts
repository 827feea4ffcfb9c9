import type { Writable } from 'node:stream';
import { GivebackTypeError, got } from '../../core/errors.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { discardLease, isRecycled } from '../../leasing/view.ts';
import { checkWritable, written } from './written.ts';

/**
 * Writes a lent buffer to a stream and gives it back when the stream is done with it: when it has been
 * sent, or when the stream has failed or was destroyed; never before. Do not touch it after the call.
 *
 * @returns a promise of the write, which rejects with the stream's error. As ever, a stream whose
 * `'error'` nobody listens to ends the process.
 * @throws (rejects with) `ERR_GIVEBACK_TYPE` for arguments that are not as documented; the buffer is
 * not given back then.
 */
export async function write(stream: Writable, buffer: RecycledBuffer): Promise<void> {
  checkWritable('stream', stream);
  if (!isRecycled(buffer))
    throw new GivebackTypeError(`Expected \`buffer\` to be a RecycledBuffer, ${got(buffer)}.`);
  let isOver = false;
  const error = await written(stream, [buffer], () => {
    isOver = true;
  });
  if (isOver) buffer[Symbol.dispose]();
  else discardLease(buffer);
  if (error !== undefined) throw error;
}
