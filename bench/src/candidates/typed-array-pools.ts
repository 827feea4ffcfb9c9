import { MiB } from 'giveback-lab/measure';
import type { Candidate } from './candidate.ts';

/** Pools from npm that lend typed arrays of any size. */
export const typedArrayPools: readonly Candidate[] = [
  {
    name: 'typedarray-pool',
    kind: 'peer',
    lends: 'view',
    npm: 'typedarray-pool',
    bytes: async () => {
      // Its README recommends the methods of one type, which are faster.
      const { mallocUint8, freeUint8 } = (await import('typedarray-pool')).default;
      return { get: (size) => mallocUint8(size), give: (bytes) => freeUint8(bytes as never) };
    },
  },
  {
    name: '@stdlib/array/pool',
    kind: 'peer',
    lends: 'view',
    npm: '@stdlib/array',
    bytes: async () => {
      const { default: pool } = await import('@stdlib/array/pool/lib/index.js');
      return { get: (size) => pool.malloc(size, 'uint8'), give: (bytes) => pool.free(bytes) };
    },
  },
  {
    name: '@thi.ng/malloc',
    kind: 'peer',
    lends: 'view',
    npm: '@thi.ng/malloc',
    note: 'one array buffer of 256 MiB, made at the start',
    bytes: async () => {
      const { MemPool } = await import('@thi.ng/malloc');
      const pool = new MemPool({ size: 256 * MiB });
      return {
        get: (size) => pool.mallocAs('u8', size) as Uint8Array,
        give: (bytes) => pool.free(bytes),
      };
    },
  },
];
