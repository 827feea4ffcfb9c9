import { checkObject, requiredFunction } from '../core/validate.ts';
import type { AcquireOptions } from './acquire-options.ts';
import type { RecycledBuffer } from './recycled-buffer.ts';

/**
 * What a library needs of a recycler that its user passes to it, and all that `giveback/io` asks for. A
 * `BufferRecycler` of either memory is one, and so are a `SharedBufferRecycler` and `unpooled`.
 */
export interface BufferPool {
  /** A buffer of exactly `size` bytes. Never waits. */
  get(size: number): RecycledBuffer;
  /** The same, but waits for room. */
  acquire(size: number, options?: AcquireOptions): Promise<RecycledBuffer>;
  /** A lent buffer at another size, contents kept up to the shorter of the two; `buffer` itself has ended. */
  resize(buffer: RecycledBuffer, size: number): RecycledBuffer;
  /** Takes back a buffer that is lent. */
  give(buffer: RecycledBuffer): boolean;
  /** Ends a lease such that the bytes are never lent again: for a buffer that something may still use. */
  discard(buffer: RecycledBuffer): void;
}

/** @throws `ERR_GIVEBACK_TYPE` for what has not all of these methods. */
export function checkPool(pool: BufferPool): void {
  checkObject('buffers', pool);
  for (const method of ['get', 'acquire', 'resize', 'give', 'discard'] as const)
    requiredFunction(`buffers.${method}`, pool[method]);
}
