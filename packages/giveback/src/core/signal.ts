import { GivebackTypeError, got } from './errors.ts';

/** An `AbortSignal`, by its shape: the core's types need neither the DOM's nor Node's. */
export interface Signal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Everything that waits for one signal, behind the only listener that the library puts on it. */
interface Watch {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

const watches = new WeakMap<Signal, Watch>();

/** @throws `ERR_GIVEBACK_TYPE` unless it is an AbortSignal or undefined. */
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
 * Calls `callback` when the signal is aborted. However many callbacks a signal has, it gets one
 * listener: Node warns of a leak at the eleventh, and removing one of many takes a walk over all.
 *
 * @returns what removes the callback.
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
  // A function of its own for each call, so that the same callback may be given twice.
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
 * What `operation` settles to, or a rejection with the signal's reason as soon as that is aborted. The
 * operation itself goes on then, and its outcome is ignored.
 */
export function abortable<T>(operation: Promise<T>, signal: Signal | undefined): Promise<T> {
  if (signal === undefined) return operation;
  return new Promise((resolve, reject) => {
    const off = onAbort(signal, () => reject(signal.reason));
    if (signal.aborted) reject(signal.reason);
    operation.then(resolve, reject).finally(off);
  });
}
