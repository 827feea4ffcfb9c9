import { KiB, MiB } from 'giveback-lab/measure';
import { openAnySize } from '../candidates/opening.ts';
import { cycle, lengthOf } from './cycle.ts';
import { sameSize } from './same-size.ts';
import type { Scenario } from './scenario.ts';
import { sequence } from './sequence.ts';

/**
 * As in a real program, which has several pools: in a process that only ever saw one, the optimiser
 * takes its fields for constants, and flatters everybody.
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
