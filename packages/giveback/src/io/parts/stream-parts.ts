import { checkSignal, type Signal } from '../../core/signal.ts';
import { checkNames, checkObject, flag, integer, oneOf, wait } from '../../core/validate.ts';
import { type BufferPool, checkPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import type { BufferChain } from '../body/buffer-chain.ts';
import { announcedBy, leave } from '../body/message.ts';
import { chunksOf } from '../chunks/chunk-loop.ts';
import { isReadable } from '../chunks/readable.ts';
import type { PumpSource } from '../write/source.ts';
import { bufferParts, chainParts, type PartKind } from './growing-part.ts';
import { PartCutter } from './part-cutter.ts';
import { partFeedFrom } from './socket-feed.ts';

/** Into what parts `streamParts` cuts. */
export interface StreamPartsOptions {
  /**
   * Bytes of a part: 1 to 2^31 − 1. The last one may be shorter.
   *
   * @default 8 MiB, which S3 takes: 5 MiB or more, and up to 10,000 of them
   */
  readonly partSize?: number | undefined;
  /**
   * Each part as one `'buffer'`, as the clients of S3 want it, or as a `'chain'` of blocks: nothing is moved as it
   * grows, and no large block is needed.
   *
   * @default 'buffer'
   */
  readonly as?: 'buffer' | 'chain' | undefined;
  /**
   * Whether to free each chunk of the source as soon as it has been copied: see `readBody`.
   *
   * @default false
   */
  readonly detachChunks?: boolean | undefined;
  /**
   * Milliseconds to wait, each time, while the recycler's budget leaves no room. Nothing is read meanwhile, and nothing
   * of the recycler is held: a part waits for room for all of it. So streams that share a budget never wait for each other.
   *
   * @default Infinity
   */
  readonly waitTimeout?: number | undefined;
  /**
   * Ends the loop, which throws the signal's reason.
   *
   * @default none
   */
  readonly signal?: Signal | undefined;
}

/**
 * The bytes of a stream in parts of one size, for one loop: uploads of unknown length to object stores take them.
 * Takes what `pump` takes: streams, sockets, web streams, files, async iterables. Files read into recycled memory, sockets
 * into the part itself. What is reserved follows what has come, so a short stream does not take a whole part.
 *
 * The loop owns each part: give it back (`give`, or `clear` for a chain) when whoever got it is done with it. Nothing is
 * read while the loop does not wait for a part, and an empty stream has none.
 *
 * A loop that ends early destroys the stream or cancels it. A request to a server is only paused, so that it can be answered.
 *
 * @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for arguments that are not as documented; `ERR_GIVEBACK_SOURCE` for a
 * stream that cannot be read to its end. The loop throws the stream's error, the signal's reason, and what `acquire`
 * throws. A second loop throws `ERR_GIVEBACK_SOURCE`.
 * @example
 * for await (const part of streamParts(request, buffers)) {
 *   await store.put(number++, part);
 *   buffers.give(part);
 * }
 */
export function streamParts(
  source: PumpSource,
  buffers: BufferPool,
  options: StreamPartsOptions & { readonly as: 'chain' },
): AsyncGenerator<BufferChain, void, void>;
export function streamParts(
  source: PumpSource,
  buffers: BufferPool,
  options?: StreamPartsOptions & { readonly as?: 'buffer' | undefined },
): AsyncGenerator<RecycledBuffer, void, void>;
export function streamParts(
  source: PumpSource,
  buffers: BufferPool,
  options: StreamPartsOptions = {},
): AsyncGenerator<RecycledBuffer | BufferChain, void, void> {
  checkPool(buffers);
  const { as, size, detaches, timeout } = resolve(options);
  return as === 'chain' ? cut(chainParts(buffers)) : cut(bufferParts(buffers));

  function cut<Part>(kind: PartKind<Part>): AsyncGenerator<Part, void, void> {
    const over = new AbortController();
    const feed = partFeedFrom(source, buffers, over.signal);
    const stream = isReadable(source) ? source : undefined;
    const cutter = new PartCutter({
      feed,
      place: { buffers, kind, size, timeout },
      announced: stream === undefined ? 0 : announcedBy(stream),
      detaches,
      over,
      closeSource: () => stream && leave(stream),
    });
    return chunksOf(cutter, options.signal);
  }
}

function resolve(options: StreamPartsOptions) {
  checkObject('options', options);
  checkNames(options, ['partSize', 'as', 'detachChunks', 'waitTimeout', 'signal']);
  checkSignal(options.signal);
  return {
    as: oneOf('as', options.as ?? 'buffer', ['buffer', 'chain']),
    size: integer('partSize', options.partSize ?? 8 * 1024 * 1024, 1, 2 ** 31 - 1),
    detaches: flag('detachChunks', options.detachChunks ?? false),
    timeout: wait('waitTimeout', options.waitTimeout ?? Infinity),
  } as const;
}
