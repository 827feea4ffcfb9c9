import { checkObject, requiredFunction } from '../core/validate.ts';
import type { RecycledBuffer } from './recycled-buffer.ts';
import type { AcquireOptions } from './wait-queue.ts';

/**
 * What `giveback/io` asks of a recycler. A `BufferRecycler` of either memory is one, and so is a
 * `SharedBufferRecycler`.
 */
export interface Buffers {
  readonly name: string;
  readonly memory: 'fixed' | 'elastic' | 'shared';
  get(size: number): RecycledBuffer;
  /** As `get`, but waits for room. */
  acquire(size: number, options?: AcquireOptions): Promise<RecycledBuffer>;
  /** A lent buffer at another size, contents kept; one that is shorter than it was stays in place. */
  resize(buffer: RecycledBuffer, size: number): RecycledBuffer;
  give(buffer: RecycledBuffer): boolean;
  /** For a buffer that an operation may still be using: it is never lent again. */
  discard(buffer: RecycledBuffer): void;
}

export function checkBuffers(buffers: Buffers): void {
  checkObject('buffers', buffers);
  for (const method of ['get', 'acquire', 'resize', 'give', 'discard'] as const)
    requiredFunction(`buffers.${method}`, buffers[method]);
}
