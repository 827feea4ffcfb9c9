import type { Readable } from 'node:stream';
import { GivebackError } from '../../core/errors.ts';
import { onAbort, type Signal } from '../../core/signal.ts';

/**
 * Calls `take` for each chunk until the source ends, and pauses it as long as a promise of `take`'s is
 * pending. By events, not by the stream's iterator: that joins what has piled up, in buffers of its own.
 */
export function eachChunk(
  source: Readable,
  signal: Signal | undefined,
  take: (chunk: unknown) => Promise<void> | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let taking: Promise<void> | undefined;
    const stop = (): void => {
      source.off('data', onData).off('end', onEnd).off('error', fail).off('close', onClose);
      stopSignal();
    };
    const fail = (error: unknown): void => {
      // The source's own error may be on its way, and nobody else may listen.
      source.on('error', () => {});
      stop();
      reject(error);
    };
    const done = (): void => {
      stop();
      resolve();
    };
    const onEnd = (): void => {
      // A source that was paused at its last chunk ends all the same, and closes.
      source.off('close', onClose);
      if (taking === undefined) done();
      else taking.then(done, fail);
    };
    const onData = (chunk: unknown): void => {
      try {
        taking = take(chunk);
        if (taking === undefined) return;
        source.pause();
        taking.then(() => {
          taking = undefined;
          source.resume();
        }, fail);
      } catch (error) {
        fail(error);
      }
    };
    const onClose = (): void => fail(unreadable('one that closed before its end'));
    const stopSignal = onAbort(signal, () => fail(signal?.reason));
    source.on('data', onData).on('end', onEnd).on('error', fail).on('close', onClose);
  });
}

/** @throws `ERR_GIVEBACK_SOURCE` for a stream of which somebody has read already, or that was destroyed. */
export function checkUnread(source: Readable): void {
  if (source.readableDidRead || source.readableEnded) throw unreadable('one that was read already');
  if (source.destroyed) throw unreadable('one that was destroyed');
}

export function unreadable(what: string): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_SOURCE',
    `Expected \`source\` to be a stream to read from its beginning to its end, got ${what}.`,
  );
}
