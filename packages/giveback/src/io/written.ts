import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { GivebackTypeError, got } from '../errors.ts';
import { onceClosed } from './closing.ts';

/** How a write ended. */
export interface Outcome {
  readonly error: unknown;
  /** Whether the stream is done with the bytes; if not, nobody can say whether it ever will be. */
  readonly isOver: boolean;
}

/**
 * Resolves when the stream has called back for these bytes, which it does when they have been sent or
 * never will be. Until then it may read them: a socket in Node reads what it has not sent yet
 * from wherever the bytes are at that time.
 *
 * A stream that closes without having called back does not say whether something still reads them. But
 * a response's connection calls back for all that it has taken before it closes: what the response still
 * has then, as its turn never came or the connection was ended before, nobody ever took.
 */
export function written(stream: Writable, bytes: Uint8Array): Promise<Outcome> {
  return new Promise((resolve) => {
    const stop = onceClosed(stream, () => resolve({ error: cutOff(), isOver: isResponse(stream) }));
    stream.write(bytes, (error) => {
      stop();
      // A destroyed socket calls back for the write that it was at as if that had succeeded.
      const cut = stream.destroyed ? cutOff() : undefined;
      resolve({ error: error ?? stream.errored ?? cut, isOver: true });
    });
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
