import type { Readable } from 'node:stream';
import { onAbort, type Signal } from '../../core/signal.ts';
import { closedEarly, unreadable } from '../chunks/readable.ts';

/**
 * Calls `take` for each chunk until the source ends. While a promise returned by `take` is pending, the
 * source is paused. It listens to events and does not use the stream's iterator, which joins chunks in
 * buffers of its own.
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
      // The source's own error may follow, and there may be no other listener.
      source.on('error', () => {});
      stop();
      reject(error);
    };
    const done = (): void => {
      stop();
      resolve();
    };
    const onEnd = (): void => {
      // A source that is paused at its last chunk still ends, and closes.
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
    const onClose = (): void => fail(closedEarly());
    const stopSignal = onAbort(signal, () => fail(signal?.reason));
    source.on('data', onData).on('end', onEnd).on('error', fail).on('close', onClose);
    // Somebody may have paused it until now, such as a server that looks up who sends.
    source.resume();
  });
}

/**
 * @throws `ERR_GIVEBACK_SOURCE` for a stream from which something was read already, or that was destroyed.
 */
export function checkUnread(source: Readable): void {
  if (source.readableDidRead || source.readableEnded) throw unreadable('one that was read already');
  if (source.destroyed) throw unreadable('one that was destroyed');
}
