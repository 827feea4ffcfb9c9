import { checkSignal, type Signal } from '../core/signal.ts';
import { checkNames, checkObject, wait } from '../core/validate.ts';

/** How long `acquire` waits, and how it is told to stop. A wait with either keeps the process alive. */
export interface AcquireOptions {
  /** Leaves the queue and rejects with the signal's reason. */
  readonly signal?: Signal | undefined;
  /**
   * Milliseconds after which to leave the queue and reject with `ERR_GIVEBACK_TIMEOUT`. With 0 nothing
   * waits: where there is no room, it rejects with `ERR_GIVEBACK_BUDGET` at once.
   *
   * @default Infinity
   */
  readonly timeout?: number | undefined;
}

/** The options as a recycler uses them: complete and checked. */
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
