import { integer } from '../core/validate.ts';
import { type AcquireOptions, resolveAcquireOptions } from './acquire-options.ts';
import type { BufferPool } from './buffer-pool.ts';
import { foreign, notLeased, refusedMemory } from './errors.ts';
import type { RecycledBuffer } from './recycled-buffer.ts';
import { EndedLease, endView, type LeasedStore, type Lender, storeOf, viewOf } from './view.ts';

const NAME = 'unpooled';

const lender: Lender = {
  name: NAME,
  giveBack: (view) => endView(view, ended),
  discard: (view) => endView(view, ended),
};
const ended = new EndedLease(lender);
const leased: LeasedStore = { lender };

/**
 * A pool that pools nothing: each get allocates, and what is given is left to the collector. It checks
 * gives as a recycler does. Libraries take it as their default, and tests compare with it.
 *
 * @example
 * function createParser({ buffers = unpooled } = {}) { … }
 */
export const unpooled: BufferPool = Object.freeze({
  get: allocate,

  async acquire(size: number, options: AcquireOptions = {}): Promise<RecycledBuffer> {
    const { signal } = resolveAcquireOptions(options);
    if (signal?.aborted) throw signal.reason;
    return allocate(size);
  },

  resize(buffer: RecycledBuffer, size: number): RecycledBuffer {
    checkLent(buffer);
    const resized = allocate(size);
    resized.set(buffer.length > size ? buffer.subarray(0, size) : buffer);
    endView(buffer, ended);
    return resized;
  },

  give(buffer: RecycledBuffer): boolean {
    checkLent(buffer);
    endView(buffer, ended);
    return false;
  },

  discard(buffer: RecycledBuffer): void {
    checkLent(buffer);
    endView(buffer, ended);
  },
});

function allocate(size: number): RecycledBuffer {
  integer('size', size, 0, Number.MAX_SAFE_INTEGER);
  try {
    return viewOf(new ArrayBuffer(size), 0, size, leased);
  } catch (cause) {
    throw refusedMemory(NAME, size, cause);
  }
}

function checkLent(buffer: unknown): void {
  const store = storeOf(buffer);
  if (store === leased) return;
  if (store === ended) throw notLeased(NAME, ended);
  throw foreign(NAME, buffer);
}
