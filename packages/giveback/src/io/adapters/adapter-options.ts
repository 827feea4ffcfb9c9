import { checkNames, checkObject, duration, flag, oneOf } from '../../core/validate.ts';
import { type BufferPool, checkPool } from '../../leasing/buffer-pool.ts';
import { type ReadBodyOptions, resolveBodyOptions } from '../body/body-options.ts';
import { ALL, type ContentTypes, resolveTypes } from './content-types.ts';

/** Which bodies an adapter reads, and what it does with them. Common to the adapters of all frameworks. */
export interface AdapterOptions extends Pick<ReadBodyOptions, 'limit' | 'detachChunks'> {
  /**
   * The content types whose bodies are read: media types, which may have stars as in `image/*`, and RegExps
   * that are tested against the whole header. Other bodies are left to other parsers.
   *
   * @default all, including bodies without a content type
   */
  readonly type?: ContentTypes | undefined;
  /**
   * What to do with a body that has a `content-encoding`: `'refuse'` answers 415, `'keep'` reads it as it
   * is, and `'inflate'` decodes gzip, deflate and br, and applies `limit` to the decoded bytes.
   *
   * @default 'refuse'
   */
  readonly contentEncoding?: 'refuse' | 'keep' | 'inflate' | undefined;
  /**
   * Milliseconds that a body waits, each time, while the recycler's budget leaves no room. Then the answer
   * is 503. With 0 that is the answer at once.
   *
   * @default 30_000
   */
  readonly waitTimeout?: number | undefined;
  /**
   * Whether to send `102 Processing` every half second to a client whose body waits for room. Nothing else
   * reveals that an HTTP/1 client has left while its bytes are not being read.
   *
   * @default false
   */
  readonly probeWaiting?: boolean | undefined;
  /**
   * Milliseconds after which the connection of a client is closed that reads nothing of its response. Until
   * the response has finished, the request's body stays lent.
   *
   * @default Infinity
   */
  readonly stallTimeout?: number | undefined;
}

/** The options as the adapters use them: all there, and checked. */
export interface ResolvedAdapterOptions {
  readonly limit: number;
  readonly detachChunks: boolean;
  readonly type: readonly (string | RegExp)[];
  readonly contentEncoding: 'refuse' | 'keep' | 'inflate';
  readonly waitTimeout: number;
  readonly probeWaiting: boolean;
  readonly stallTimeout: number;
}

/** @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for an option that is not as documented. */
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
