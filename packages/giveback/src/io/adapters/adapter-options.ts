import { checkNames, checkObject, duration, flag, oneOf } from '../../core/validate.ts';
import { type BufferPool, checkPool } from '../../leasing/buffer-pool.ts';
import { type ReadBodyOptions, resolveBodyOptions } from '../body/body-options.ts';
import { ALL, type ContentTypes, resolveTypes } from './content-types.ts';

/** What the adapters of all frameworks have in common. */
export interface AdapterOptions extends Pick<ReadBodyOptions, 'limit' | 'detachChunks'> {
  /**
   * The content types whose bodies are taken: media types, also with stars as in `image/*`, and RegExps
   * for the whole header. Other bodies are left to other parsers.
   *
   * @default all, also where none is named
   */
  readonly type?: ContentTypes | undefined;
  /**
   * What becomes of a body that has a `content-encoding`: `'refuse'` answers 415, `'keep'` takes it as it
   * comes, `'inflate'` takes it out of gzip, deflate or br, with `limit` for what comes out.
   *
   * @default 'refuse'
   */
  readonly contentEncoding?: 'refuse' | 'keep' | 'inflate' | undefined;
  /**
   * Milliseconds that a body waits, each time, while the recycler's budget leaves no room; then the
   * answer is 503. With 0 that is the answer at once.
   *
   * @default 30_000
   */
  readonly waitTimeout?: number | undefined;
  /**
   * Whether to ask a client whose body waits for room every half second, by `102 Processing`, if it is
   * still there. Nothing else reveals that an HTTP/1 client has left whose bytes are not being read.
   *
   * @default false
   */
  readonly probeWaiting?: boolean | undefined;
  /**
   * Milliseconds for which a client may read nothing of its response, which keeps the request's body
   * lent, before its connection is closed.
   *
   * @default Infinity
   */
  readonly stallTimeout?: number | undefined;
}

export interface ResolvedAdapterOptions {
  readonly limit: number;
  readonly detachChunks: boolean;
  readonly type: readonly (string | RegExp)[];
  readonly contentEncoding: 'refuse' | 'keep' | 'inflate';
  readonly waitTimeout: number;
  readonly probeWaiting: boolean;
  readonly stallTimeout: number;
}

/** Complete and checked. @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE`. */
export function resolveAdapterOptions(
  buffers: BufferPool,
  options: AdapterOptions,
): ResolvedAdapterOptions {
  checkPool(buffers);
  checkObject('options', options);
  checkNames(options, [
    'limit',
    'detachChunks',
    'type',
    'contentEncoding',
    'waitTimeout',
    'probeWaiting',
    'stallTimeout',
  ]);
  const encodings = ['refuse', 'keep', 'inflate'] as const;
  const { limit, waitTimeout, detachChunks } = resolveBodyOptions({
    limit: options.limit,
    waitTimeout: options.waitTimeout ?? 30_000,
    detachChunks: options.detachChunks,
  });
  return {
    limit,
    waitTimeout,
    detachChunks,
    type: resolveTypes(options.type ?? ALL),
    contentEncoding: oneOf('contentEncoding', options.contentEncoding ?? 'refuse', encodings),
    probeWaiting: flag('probeWaiting', options.probeWaiting ?? false),
    stallTimeout: duration('stallTimeout', options.stallTimeout ?? Infinity),
  };
}
