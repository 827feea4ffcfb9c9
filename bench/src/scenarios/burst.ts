import { KiB } from 'giveback-lab/measure';
import { listOfFixed } from '../candidates/bare.ts';
import type { Pool } from '../candidates/candidate.ts';
import { lendsBytes, openOneSize } from '../candidates/opening.ts';
import type { Block, Scenario } from './scenario.ts';

const SIZE = 64 * KiB;
const BURST = 100;

export const burst: Scenario = {
  name: 'burst',
  title: 'A hundred buffers of 64 KiB: 100 gets, then 100 gives (per get and give)',
  limit: listOfFixed.name,
  batch: BURST,
  admits: lendsBytes,
  open: async (candidate) => bursts(await openOneSize(candidate, SIZE)),
};

function bursts(pool: Pool<Uint8Array>): Block {
  const lent: Uint8Array[] = [];
  if (pool.isAsync)
    return async (operations) => {
      let sum = 0;
      for (let index = 0; index < operations; index++) {
        while (lent.length < BURST) lent.push(await pool.get(SIZE));
        sum ^= giveAll(pool, lent);
      }
      return sum;
    };
  return (operations) => {
    let sum = 0;
    for (let index = 0; index < operations; index++) {
      while (lent.length < BURST) lent.push(pool.get(SIZE));
      sum ^= giveAll(pool, lent);
    }
    return sum;
  };
}

function giveAll(pool: Pool<Uint8Array>, lent: Uint8Array[]): number {
  let sum = 0;
  for (let bytes = lent.pop(); bytes !== undefined; bytes = lent.pop()) {
    sum ^= bytes.length;
    pool.give(bytes);
  }
  return sum;
}
