import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { GivebackTypeError, got } from '../../core/errors.ts';
import { onceClosed } from './closing.ts';

/**
 * Writes all of these, and calls `over` for each as soon as the stream is done with it: when it has called
 * back, which it does when they have been sent or never will be. Until then it may read them: a socket
 * in Node reads what it has not sent yet from wherever the bytes are at that time.
 *
 * A stream that closes without having called back does not say whether something still reads them. But
 * a response's connection calls back for all that it has taken before it closes: what the response still
 * has then, as its turn never came or the connection was ended before, nobody ever took.
 *
 * @returns a promise of the first error there was, or undefined, when there is nothing more to wait for.
 */
export function written<Bytes extends Uint8Array>(
  stream: Writable,
  all: readonly Bytes[],
  over: (bytes: Bytes) => void,
): Promise<unknown> {
  return new Promise((resolve) => {
    const pending = new Set(all);
    let failure: unknown;
    const end = (bytes: Bytes): void => {
      if (pending.delete(bytes)) over(bytes);
    };
    const stop = onceClosed(stream, () => {
      if (isResponse(stream)) all.forEach(end);
      resolve(failure ?? cutOff());
    });
    const settle = (): void => {
      if (pending.size > 0) return;
      stop();
      resolve(failure);
    };
    for (const bytes of all)
      stream.write(bytes, (error) => {
        // A destroyed socket calls back for the write that it was at as if that had succeeded.
        failure ??= error ?? stream.errored ?? (stream.destroyed ? cutOff() : undefined);
        end(bytes);
        settle();
      });
    settle();
  });
}

/** By its shape: `node:http` costs 14 MB, and who reads files only has not loaded it. */
function isResponse(stream: Writable): boolean {
  return typeof (stream as Partial<ServerResponse>).assignSocket === 'function';
}

function cutOff(): Error {
  return new Error('The stream was closed before it had written everything.');
}

export function checkWritable(name: string, stream: Writable): void {
  if (typeof stream?.write === 'function' && typeof stream.once === 'function') return;
  throw new GivebackTypeError(`Expected \`${name}\` to be a Writable, ${got(stream)}.`);
}
