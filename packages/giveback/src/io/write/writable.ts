import type { Writable } from 'node:stream';
import { GivebackError, GivebackTypeError, got } from '../../core/errors.ts';
import { http2StreamOf } from './nodes-own.ts';

/** The error for a stream that closed early without an error of its own. */
export function cutOff(): Error {
  return Object.assign(new Error('The stream was closed before it had written everything.'), {
    code: 'ERR_STREAM_PREMATURE_CLOSE',
  });
}

/** @throws `ERR_GIVEBACK_TYPE` for anything that does not have the shape of a Writable. */
export function checkWritable(name: string, stream: Writable): void {
  const { write, on, off } = (stream ?? {}) as Partial<Writable>;
  if ([write, on, off].every((method) => typeof method === 'function')) return;
  throw new GivebackTypeError(`Expected \`${name}\` to be a Writable, ${got(stream)}.`);
}

/** @throws `ERR_GIVEBACK_DESTINATION` for a stream that takes nothing more. */
export function checkOpen(name: string, stream: Writable): void {
  const { destroyed, closed, errored } = http2StreamOf(stream) ?? stream;
  if (!destroyed && !closed && !errored && !stream.writableEnded && stream.writable !== false)
    return;
  throw new GivebackError(
    'ERR_GIVEBACK_DESTINATION',
    `Expected \`${name}\` to be a stream that can be written to, got one that was ended, closed or has failed.`,
  );
}
