import type { Candidate, SyncPool } from './candidate.ts';
import { sizeClasses } from './size-classed.ts';

/** The limit of pools that have one: more than any scenario lends at once. */
const MOST = 1000;

/** Synchronous pools from npm that lend one kind of object. */
export const freeLists: readonly Candidate[] = [
  {
    name: 'buffer-reuse-pool',
    kind: 'peer',
    lends: 'store',
    npm: 'buffer-reuse-pool',
    chunks: async (size) => {
      const { default: reuse } = await import('buffer-reuse-pool');
      const pool = reuse.pool(size);
      return { get: () => pool.alloc(), give: (bytes) => reuse.free(bytes as Buffer) };
    },
    bytes: async () => {
      const { default: reuse } = await import('buffer-reuse-pool');
      const poolFor = await sizeClasses((size) => {
        const pool = reuse.pool(size);
        return { get: () => pool.alloc(), give: () => {} };
      });
      // This is its own way to lend a part: freeing the slice frees the whole.
      const get = (size: number) => reuse.slice(poolFor(size).get(size) as Buffer, 0, size);
      return { get, give: (bytes) => reuse.free(bytes as Buffer) };
    },
  },
  {
    name: 'reusify',
    kind: 'peer',
    lends: 'store',
    npm: 'reusify',
    things: async ({ make, reset }) => {
      const { default: reusify } = await import('reusify');
      // It links idle objects by their property `next`, which they must have.
      const pool = reusify(constructorOf(() => Object.assign(make(), { next: null })));
      return resetOnGive({ get: () => pool.get(), give: (thing) => pool.release(thing) }, reset);
    },
  },
  {
    name: 'freelist',
    kind: 'peer',
    lends: 'store',
    npm: 'freelist',
    things: async ({ make, reset }) => {
      const { default: FreeList } = await import('freelist');
      const pool = new FreeList('bench', MOST, make);
      return resetOnGive({ get: () => pool.alloc(), give: (thing) => pool.free(thing) }, reset);
    },
  },
  {
    name: '@smikhalevski/object-pool',
    kind: 'peer',
    lends: 'store',
    npm: '@smikhalevski/object-pool',
    things: async ({ make, reset }) => {
      const { ObjectPool } = await import('@smikhalevski/object-pool');
      const pool = new ObjectPool(make, reset);
      return { get: () => pool.take(), give: (thing) => pool.release(thing) };
    },
  },
];

/** Resets each object before a give, as users of a pool without a reset do. */
function resetOnGive<T extends object, P extends T>(
  pool: { get(): P; give(thing: P): unknown },
  reset: ((thing: T) => void) | undefined,
): SyncPool<T> {
  const { get } = pool;
  const give = pool.give as (thing: T) => unknown;
  if (reset === undefined) return { get, give };
  return {
    get,
    give: (thing) => {
      reset(thing);
      return give(thing);
    },
  };
}

/** A constructor of what `make` returns: `new` on a function that returns an object yields that object. */
function constructorOf<T>(make: () => T): new () => T {
  function Made() {
    return make();
  }
  return Made as unknown as new () => T;
}
