import type { Pool } from '../candidates/candidate.ts';
import type { Block } from './scenario.ts';

/** Gets, uses and gives one thing in each operation. */
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

/** The least use of a buffer. The optimiser does not leave out the view: what `heap` counts shows one for each get. */
export function lengthOf(bytes: Uint8Array): number {
  return bytes.length;
}
