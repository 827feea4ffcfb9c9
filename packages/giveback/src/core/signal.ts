import { GivebackTypeError, got } from './errors.ts';

/** An `AbortSignal`, described by its shape, so that these types need neither the DOM's nor Node's. */
export interface Signal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** All callbacks for one signal, behind the only listener that the library adds to it. */
interface Watch {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

const watches = new WeakMap<Signal, Watch>();

/** @throws `ERR_GIVEBACK_TYPE` for anything but an AbortSignal or undefined. */
export function checkSignal(signal: unknown): asserts signal is Signal | undefined {
  if (signal === undefined || typeof (signal as Signal | null)?.addEventListener === 'function')
    return;
  throw new GivebackTypeError(`Expected \`signal\` to be an AbortSignal, ${got(signal)}.`);
}

/** Throws the signal's reason if it has been aborted. */
export function throwIfAborted(signal: Signal | undefined): void {
  if (signal?.aborted) throw signal.reason;
}

/**
 * Calls `callback` when the signal is aborted. A signal gets one listener, however many callbacks it has:
 * Node warns of a leak at the eleventh listener, and removes one of many in linear time.
 *
 * @returns a function that removes the callback.
 */
export function onAbort(signal: Signal | undefined, callback: () => void): () => void {
  if (signal === undefined) return () => {};
  let watch = watches.get(signal);
  if (watch === undefined) {
    const callbacks = new Set<() => void>();
    const listener = (): void => {
      watches.delete(signal);
      for (const each of callbacks) each();
    };
    watch = { callbacks, listener };
    watches.set(signal, watch);
    signal.addEventListener('abort', listener, { once: true });
  }
  const { callbacks, listener } = watch;
  // A new function for each call, so that the same callback can be registered twice.
  const own = (): void => callback();
  callbacks.add(own);
  return () => {
    if (!callbacks.delete(own) || callbacks.size > 0 || watches.get(signal)?.listener !== listener)
      return;
    watches.delete(signal);
    signal.removeEventListener('abort', listener);
  };
}

/**
 * Settles as `operation` does, or rejects with the signal's reason as soon as the signal is aborted. The
 * operation itself then goes on, and its outcome is ignored.
 */
export function abortable<T>(operation: Promise<T>, signal: Signal | undefined): Promise<T> {
  if (signal === undefined) return operation;
  return new Promise((resolve, reject) => {
    const off = onAbort(signal, () => reject(signal.reason));
    if (signal.aborted) reject(signal.reason);
    operation.then(resolve, reject).finally(off);
  });
}
