import type { Signal } from '../leasing/wait-queue.ts';

/** Throws the signal's reason if it has been aborted. */
export function throwIfAborted(signal: Signal | undefined): void {
  if (signal?.aborted) throw signal.reason;
}

/**
 * What `operation` comes to, or a rejection with the signal's reason as soon as that is aborted: the
 * operation itself goes on then, and whatever it does is ignored.
 */
export function abortable<T>(operation: Promise<T>, signal: Signal | undefined): Promise<T> {
  if (signal === undefined) return operation;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    const leave = (): void => signal.removeEventListener('abort', onAbort);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    operation.then(resolve, reject).finally(leave);
  });
}
