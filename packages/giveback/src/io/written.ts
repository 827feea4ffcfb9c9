import type { Writable } from 'node:stream';
import { GivebackTypeError, got } from '../errors.ts';

/** How a write ended. */
export interface Outcome {
  readonly error: unknown;
  /** Whether the stream is done with the bytes; if not, nobody can say whether it ever will be. */
  readonly isOver: boolean;
}

type Ending = (outcome: Outcome) => void;

interface Closing {
  once(event: 'close', listener: () => void): unknown;
}

/** The writes that were not over when they were looked at last. One listener serves all of an emitter. */
const pending = new WeakMap<Closing, Set<Ending>>();

/**
 * Resolves when the stream has called back for these bytes, which it does when they have been sent or
 * never will be. Until then it may read them: a socket in Node reads what it has not sent yet
 * from wherever the bytes are at that time.
 *
 * A stream that closes without having called back does not say whether something still reads them.
 */
export function written(stream: Writable, bytes: Uint8Array): Promise<Outcome> {
  return new Promise((resolve) => {
    const writes = closings(stream).map(pendingOf);
    const end: Ending = (outcome) => {
      for (const each of writes) each.delete(end);
      resolve(outcome);
    };
    for (const each of writes) each.add(end);
    stream.write(bytes, (error) => {
      // A destroyed socket calls back for the write that it was at as if that had succeeded.
      const cut = stream.destroyed ? cutOff() : undefined;
      end({ error: error ?? stream.errored ?? cut, isOver: true });
    });
  });
}

/** What may close under a write. A pipelined response whose turn never came does not close itself. */
function closings(stream: Writable & { readonly req?: { readonly socket?: Closing } }): Closing[] {
  return [stream, stream.req?.socket ?? []].flat();
}

function pendingOf(emitter: Closing): Set<Ending> {
  const known = pending.get(emitter);
  if (known !== undefined) return known;
  const writes = new Set<Ending>();
  pending.set(emitter, writes);
  emitter.once('close', () => {
    for (const end of writes) end({ error: cutOff(), isOver: false });
  });
  return writes;
}

function cutOff(): Error {
  return new Error('The stream was closed before it had written everything.');
}

export function checkWritable(name: string, stream: Writable): void {
  if (typeof stream?.write === 'function' && typeof stream.once === 'function') return;
  throw new GivebackTypeError(`Expected \`${name}\` to be a Writable, ${got(stream)}.`);
}
