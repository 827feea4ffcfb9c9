import { KiB, MiB } from 'giveback-lab/measure';
import { openAnySize } from '../candidates/opening.ts';
import { cycle, lengthOf } from './cycle.ts';
import { sameSize } from './same-size.ts';
import type { Scenario } from './scenario.ts';
import { sequence } from './sequence.ts';

/**
 * `same` in a process with several pools, as real programs have. In a process with only one pool the optimiser treats
 * its fields as constants, which makes all candidates look faster.
 */
export const company: Scenario = {
  ...sameSize,
  name: 'company',
  title: 'One buffer of 64 KiB, in a process with two more such pools: get, give',
  open: async (candidate) => {
    for (let others = 0; others < 2; others++) {
      const pool = await openAnySize(candidate);
      await cycle(pool, sequence(KiB, MiB), lengthOf)(3000);
    }
    return sameSize.open(candidate);
  },
};
