import { checkSignal, type Signal } from '../../core/signal.ts';
import { checkNames, checkObject, flag, integer, limit, wait } from '../../core/validate.ts';
import { DEFAULT_LIMIT } from './growing-buffer.ts';

/** How much `readBody` reads, and what it does while there is no room. */
export interface ReadBodyOptions {
  /**
   * The most bytes to read. A longer body is an error: `ERR_GIVEBACK_TOO_LARGE`.
   *
   * @default 64 MiB
   */
  readonly limit?: number | undefined;
  /**
   * How many bytes to expect. If it is wrong, that costs only time.
   *
   * @default the `content-length`, if there is one
   */
  readonly expectedLength?: number | undefined;
  /**
   * Ends the reading: the promise rejects with the signal's reason.
   *
   * @default none
   */
  readonly signal?: Signal | undefined;
  /**
   * Milliseconds to wait, each time, while the recycler's budget leaves no room. The source is paused
   * meanwhile. With 0 it does not wait. Bodies that wait hold what has come of them, so set this where many
   * may come at once.
   *
   * @default Infinity
   */
  readonly waitTimeout?: number | undefined;
  /**
   * Whether to free the memory of each chunk as soon as it has been copied, instead of leaving it to the
   * collector: chunks are most of the memory that an upload takes. With true you promise that nothing else
   * keeps the source's chunks, such as a logger of bodies: they would have length 0. Chunks that another
   * `'data'` listener gets too are left alone, and so are those that `detachChunk` leaves alone.
   *
   * @default false
   */
  readonly detachChunks?: boolean | undefined;
}

/** The options as `readBody` uses them: all there, and checked. */
export interface ResolvedBodyOptions {
  readonly limit: number;
  readonly expectedLength: number | undefined;
  readonly signal: Signal | undefined;
  readonly waitTimeout: number;
  readonly detachChunks: boolean;
}

/** @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for an option that is not as documented. */
export function resolveBodyOptions(options: ReadBodyOptions): ResolvedBodyOptions {
  checkObject('options', options);
  checkNames(options, ['limit', 'expectedLength', 'signal', 'waitTimeout', 'detachChunks']);
  const { expectedLength, signal } = options;
  checkSignal(signal);
  return {
    limit: limit('limit', options.limit ?? DEFAULT_LIMIT, 0),
    expectedLength:
      expectedLength === undefined
        ? undefined
        : integer('expectedLength', expectedLength, 0, Number.MAX_SAFE_INTEGER),
    signal,
    waitTimeout: wait('waitTimeout', options.waitTimeout ?? Infinity),
    detachChunks: flag('detachChunks', options.detachChunks ?? false),
  };
}
