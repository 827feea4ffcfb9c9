import { checkSignal, type Signal } from '../../core/signal.ts';
import { checkNames, checkObject, flag, integer, limit, wait } from '../../core/validate.ts';
import { DEFAULT_LIMIT } from './growing-buffer.ts';

export interface ReadBodyOptions {
  /**
   * The most bytes to take.
   *
   * @default 64 MiB
   */
  readonly limit?: number | undefined;
  /**
   * How many bytes to expect. Wrong, it costs time only.
   *
   * @default what the `content-length` says
   */
  readonly expectedLength?: number | undefined;
  /** Ends the reading, and rejects with the signal's reason. */
  readonly signal?: Signal | undefined;
  /**
   * Milliseconds to wait, each time, while the recycler's budget leaves no room; the source is paused
   * meanwhile. With 0 nothing waits. Bodies that wait hold what has come of them, so where many may come
   * at once, set it.
   *
   * @default Infinity
   */
  readonly waitTimeout?: number | undefined;
  /**
   * Whether to free the memory of each chunk as soon as it has been copied, and not to leave it to the
   * collector: most of what an upload costs is these. It is a promise that nobody else keeps the
   * source's chunks, nor anything that records bodies: they would have length 0. Left alone are chunks
   * that another `'data'` listener gets as well, and what `detachChunk` leaves alone.
   *
   * @default false
   */
  readonly detachChunks?: boolean | undefined;
}

export interface ResolvedBodyOptions {
  readonly limit: number;
  readonly expectedLength: number | undefined;
  readonly signal: Signal | undefined;
  readonly waitTimeout: number;
  readonly detachChunks: boolean;
}

/** Complete and checked. @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE`. */
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
