import { checkSignal, type Signal } from '../core/signal.ts';
import { checkNames, checkObject, wait } from '../core/validate.ts';

/** How long `acquire` may wait. A wait with a signal or a timeout keeps the process alive until it ends. */
export interface AcquireOptions {
  /**
   * Ends the wait: the promise rejects with the signal's reason.
   *
   * @default none
   */
  readonly signal?: Signal | undefined;
  /**
   * Milliseconds to wait before the promise rejects with `ERR_GIVEBACK_TIMEOUT`. With 0 it does not wait:
   * if there is no room, it rejects with `ERR_GIVEBACK_BUDGET` at once.
   *
   * @default Infinity
   */
  readonly timeout?: number | undefined;
}

/** The options as a recycler uses them: all there, and checked. */
export interface ResolvedAcquireOptions {
  readonly signal: Signal | undefined;
  readonly timeout: number;
}

/** @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for an option that is not as documented. */
export function resolveAcquireOptions(options: AcquireOptions): ResolvedAcquireOptions {
  checkObject('options', options);
  checkNames(options, ['signal', 'timeout']);
  const { signal } = options;
  checkSignal(signal);
  return { signal, timeout: wait('timeout', options.timeout ?? Infinity) };
}
