import { checkObject, requiredFunction } from '../core/validate.ts';
import type { AcquireOptions } from './acquire-options.ts';
import type { RecycledBuffer } from './recycled-buffer.ts';

/**
 * What a library should ask of a recycler that its user passes in; `giveback/io` asks for no more. Every
 * `BufferRecycler` and `SharedBufferRecycler` is one, and so is `unpooled`.
 */
export interface BufferPool {
  /**
   * A buffer of exactly `size` bytes. Never waits, but throws `ERR_GIVEBACK_BUDGET` if there is no room.
   */
  get(size: number): RecycledBuffer;
  /** A buffer of exactly `size` bytes, as soon as there is room. */
  acquire(size: number, options?: AcquireOptions): Promise<RecycledBuffer>;
  /**
   * A lent buffer at another size, contents kept up to the shorter of the two. Go on with what it returns.
   */
  resize(buffer: RecycledBuffer, size: number): RecycledBuffer;
  /** Takes back a lent buffer. @returns whether its memory is kept. */
  give(buffer: RecycledBuffer): boolean;
  /**
   * Ends a lease so that the bytes are never lent again: for a buffer that something may still be using.
   */
  discard(buffer: RecycledBuffer): void;
}

/** @throws `ERR_GIVEBACK_TYPE` for anything without all of these methods. */
export function checkPool(pool: BufferPool): void {
  checkObject('buffers', pool);
  for (const method of ['get', 'acquire', 'resize', 'give', 'discard'] as const)
    requiredFunction(`buffers.${method}`, pool[method]);
}
