import type { Pool } from '../candidates/candidate.ts';
import type { Block } from './scenario.ts';

/** Gets one and gives it back, again and again: one operation is one get, one use and one give. */
export function cycle<T>(
  pool: Pool<T>,
  sizeAt: (index: number) => number,
  use: (thing: T, index: number) => number,
): Block {
  if (pool.isAsync)
    return async (operations) => {
      let sum = 0;
      for (let index = 0; index < operations; index++) {
        const thing = await pool.get(sizeAt(index));
        sum ^= use(thing, index);
        pool.give(thing);
      }
      return sum;
    };
  return (operations) => {
    let sum = 0;
    for (let index = 0; index < operations; index++) {
      const thing = pool.get(sizeAt(index));
      sum ^= use(thing, index);
      pool.give(thing);
    }
    return sum;
  };
}

/**
 * The least use of a buffer. No optimiser leaves out the view itself: what `heap` counts shows that each
 * get has made one.
 */
export function lengthOf(bytes: Uint8Array): number {
  return bytes.length;
}
