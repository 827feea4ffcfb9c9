import { KiB } from 'giveback-lab/measure';
import { listOfFixed } from '../candidates/bare.ts';
import { lendsBytes, openOneSize } from '../candidates/opening.ts';
import { cycle, lengthOf } from './cycle.ts';
import type { Scenario } from './scenario.ts';

const SIZE = 64 * KiB;

export const sameSize: Scenario = {
  name: 'same',
  title: 'One buffer of 64 KiB: get, give',
  limit: listOfFixed.name,
  admits: lendsBytes,
  open: async (candidate) => cycle(await openOneSize(candidate, SIZE), () => SIZE, lengthOf),
};
