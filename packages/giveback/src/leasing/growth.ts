import { isSpent } from '../core/errors.ts';
import { onAbort, throwIfAborted } from '../core/signal.ts';
import type { ResolvedAcquireOptions } from './acquire-options.ts';
import type { BufferPool } from './buffer-pool.ts';
import type { RecycledBuffer } from './recycled-buffer.ts';
import { endUnused } from './view.ts';

/** The sizes that a growing buffer can use. */
export interface Sizes {
  /** Bytes that it needs to go on. */
  readonly least: number;
  /** Bytes that it would rather have, because more is to come. */
  readonly wanted: number;
  /** Bytes that somebody said it will need in the end, believed or not; 0 if not known. */
  readonly expected: number;
  /**
   * Whether `wanted` is all that it will ever need. Then it waits for all of it, if the pool has as much.
   */
  readonly isAll: boolean;
  /** Other buffers that it holds meanwhile: those of a chain. */
  readonly besides?: readonly RecycledBuffer[];
}

/**
 * How one buffer grows in a pool. A growing buffer holds what it has while it waits for more, so two of
 * them could wait for each other for ever. A pool that knows who waits can resolve that: see `growIn`.
 */
export interface Growth {
  /**
   * Returns a larger buffer with the contents of `buffer`, and ends the lease of that; the first buffer if
   * `buffer` is undefined. There is one call at a time.
   *
   * @returns a promise if it has to wait. Until it resolves, or if it rejects, `buffer` is still lent.
   * @throws what `get` throws; `ERR_GIVEBACK_BUDGET` with a timeout of 0, if it would have to wait.
   */
  grow(
    buffer: RecycledBuffer | undefined,
    sizes: Sizes,
    options: ResolvedAcquireOptions,
  ): RecycledBuffer | Promise<RecycledBuffer>;

  /** Ends the growing: a pending `grow` rejects with `reason`. The caller gives the buffer back. */
  end(reason?: unknown): void;
}

const ways = new WeakMap<BufferPool, () => Growth>();

/** Registers a pool's own way to grow, for pools that can do better than get, copy and give. */
export function growIn(pool: BufferPool, begin: () => Growth): void {
  ways.set(pool, begin);
}

/** Begins to grow, in the pool's own way if it has one. */
export function growthIn(pool: BufferPool): Growth {
  return ways.get(pool)?.() ?? new PlainGrowth(pool);
}

/** Grows by what every pool can do: get, copy and give. */
class PlainGrowth implements Growth {
  readonly #pool: BufferPool;
  #wait: AbortController | undefined;

  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  grow(
    buffer: RecycledBuffer | undefined,
    sizes: Sizes,
    options: ResolvedAcquireOptions,
  ): RecycledBuffer | Promise<RecycledBuffer> {
    const { least, wanted, isAll } = sizes;
    const waits = options.timeout !== 0;
    try {
      return this.#growNow(buffer, wanted);
    } catch (error) {
      if (waits && isAll && isSpent(error)) return this.#growWhenRoom(buffer, sizes, options);
      if (wanted === least && !(waits && isSpent(error))) throw error;
    }
    // There may still be room for less.
    try {
      return this.#growNow(buffer, least);
    } catch (error) {
      if (waits && isSpent(error)) return this.#growWhenRoom(buffer, sizes, options);
      throw error;
    }
  }

  end(reason?: unknown): void {
    this.#wait?.abort(reason);
  }

  #growNow(buffer: RecycledBuffer | undefined, size: number): RecycledBuffer {
    return buffer === undefined ? this.#pool.get(size) : this.#pool.resize(buffer, size);
  }

  async #growWhenRoom(
    buffer: RecycledBuffer | undefined,
    { least, wanted, isAll }: Sizes,
    { signal, timeout }: ResolvedAcquireOptions,
  ): Promise<RecycledBuffer> {
    throwIfAborted(signal);
    const wait = new AbortController();
    this.#wait = wait;
    const off = onAbort(signal, () => wait.abort(signal?.reason));
    const acquire = async (size: number): Promise<RecycledBuffer> =>
      moved(buffer, await this.#pool.acquire(size, { signal: wait.signal, timeout }));
    try {
      return await acquire(isAll ? wanted : least);
    } catch (error) {
      if (wait.signal.aborted || !isAll || wanted === least || !isSpent(error)) throw error;
      return await acquire(least);
    } finally {
      off();
      this.#wait = undefined;
    }
  }
}

/** @returns `larger`, with the contents of `buffer`, which is given back. */
export function moved(buffer: RecycledBuffer | undefined, larger: RecycledBuffer): RecycledBuffer {
  if (buffer !== undefined) {
    larger.set(buffer);
    endUnused(buffer);
  }
  return larger;
}
