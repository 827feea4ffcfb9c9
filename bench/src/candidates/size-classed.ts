import type { AsyncPool, Pool, SyncPool } from './candidate.ts';

const POWERS = 25;

/** Makes pools of one size lend any size: a pool for each power of two up to 16 MiB. */
export async function sizeClasses<T>(
  open: (size: number) => Promise<Pool<T>> | Pool<T>,
): Promise<(size: number) => Pool<T>> {
  const sizes = Array.from({ length: POWERS }, (_, power) => 2 ** power);
  const pools = await Promise.all(sizes.map(open));
  return (size) => pools[32 - Math.clz32(size - 1)] as Pool<T>;
}

/**
 * Lends array buffers of size classes as views of the exact length. A give needs no table and no search, as the view's
 * `buffer` is the array buffer.
 */
export async function viewsOf(
  open: (size: number) => Promise<Pool<ArrayBuffer>> | Pool<ArrayBuffer>,
): Promise<Pool<Uint8Array>> {
  const poolFor = await sizeClasses(open);
  const syncPoolFor = poolFor as (size: number) => SyncPool<ArrayBuffer>;
  const asyncPoolFor = poolFor as (size: number) => AsyncPool<ArrayBuffer>;
  const give = (view: Uint8Array) => poolFor(view.length).give(view.buffer as ArrayBuffer);
  if (!poolFor(1).isAsync)
    return { get: (size) => new Uint8Array(syncPoolFor(size).get(size), 0, size), give };
  return {
    isAsync: true,
    get: async (size) => new Uint8Array(await asyncPoolFor(size).get(size), 0, size),
    give,
  };
}
