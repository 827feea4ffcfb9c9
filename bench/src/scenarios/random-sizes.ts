import { KiB, MiB } from 'giveback-lab/measure';
import { bareList, listOfFixed } from '../candidates/bare.ts';
import { lendsBytes, openAnySize } from '../candidates/opening.ts';
import { cycle, lengthOf } from './cycle.ts';
import type { Scenario } from './scenario.ts';
import { sequence } from './sequence.ts';

export const randomSizes: Scenario = {
  name: 'random',
  title: 'One buffer of a random size from 1 KiB to 1 MiB: get, give',
  limit: listOfFixed.name,
  alsoQuick: 'Buffer.allocUnsafe',
  anySize: true,
  // With size classes the bare list would be the same as the limit.
  admits: (candidate) => lendsBytes(candidate) && candidate.name !== bareList.name,
  open: async (candidate) => cycle(await openAnySize(candidate), sequence(KiB, MiB), lengthOf),
};
