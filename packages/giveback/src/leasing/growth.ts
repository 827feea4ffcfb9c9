import { onAbort, throwIfAborted } from '../core/signal.ts';
import type { ResolvedAcquireOptions } from './acquire-options.ts';
import type { BufferPool } from './buffer-pool.ts';
import type { RecycledBuffer } from './recycled-buffer.ts';
import { endUnused } from './view.ts';

/** The sizes that would do. */
export interface Sizes {
  /** Bytes without which it cannot go on. */
  readonly least: number;
  /** Bytes that it had better have, as more are to come. */
  readonly wanted: number;
  /** Bytes that it is said to need in the end, believed or not; 0 if nobody knows. */
  readonly expected: number;
  /** Whether `wanted` is all that it will ever need: then it waits for all of it, if that can be had at all. */
  readonly isAll: boolean;
}

/**
 * How one buffer grows in a pool. Whoever grows holds what it has while it waits for more, so that two
 * who wait may wait for each other: a pool that knows its waits resolves that, see `growIn`.
 */
export interface Growth {
  /**
   * `buffer` at a larger size, with its contents; its own lease has ended then. Without one, the first.
   * There is one call at a time.
   *
   * @returns a promise where it has to wait. It holds `buffer` until then, and afterwards if it rejects.
   * @throws what `get` throws; `ERR_GIVEBACK_BUDGET` with a timeout of 0, where it would have to wait.
   */
  grow(
    buffer: RecycledBuffer | undefined,
    sizes: Sizes,
    options: ResolvedAcquireOptions,
  ): RecycledBuffer | Promise<RecycledBuffer>;

  /** It grows no more: what waits is rejected with `reason`. Its buffer is the caller's to give. */
  end(reason?: unknown): void;
}

const ways = new WeakMap<BufferPool, () => Growth>();

/** For a pool that has a better way to grow than to get, to copy and to give. */
export function growIn(pool: BufferPool, begin: () => Growth): void {
  ways.set(pool, begin);
}

/** Begins to grow in the way that the pool has. */
export function growthIn(pool: BufferPool): Growth {
  return ways.get(pool)?.() ?? new PlainGrowth(pool);
}

/** By what every pool can do. */
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
    // Less than one would like may still be there.
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

function isSpent(error: unknown): boolean {
  return (error as { code?: string }).code === 'ERR_GIVEBACK_BUDGET';
}

/** @returns `larger`, with the contents of `buffer`, which is given back. */
export function moved(buffer: RecycledBuffer | undefined, larger: RecycledBuffer): RecycledBuffer {
  if (buffer !== undefined) {
    larger.set(buffer);
    endUnused(buffer);
  }
  return larger;
}
