import { bareList, listOfFixed } from '../candidates/bare.ts';
import { lendsBytes, openAnySize } from '../candidates/opening.ts';
import { cycle } from './cycle.ts';
import type { Scenario } from './scenario.ts';
import { sequence } from './sequence.ts';

/** Most of a large buffer's cost is in the pages, which the system provides when they are first touched. */
const PAGE = 4096;

export const large: Scenario = {
  name: 'large',
  title: 'One buffer of a random size from 5 to 10 MB: get, write to every page, give',
  limit: listOfFixed.name,
  anySize: true,
  admits: (candidate) => lendsBytes(candidate) && candidate.name !== bareList.name,
  open: async (candidate) =>
    cycle(await openAnySize(candidate), sequence(5_000_000, 9_999_999), touchPages),
};

function touchPages(bytes: Uint8Array): number {
  for (let offset = 0; offset < bytes.length; offset += PAGE) bytes[offset] = 1;
  return bytes.length;
}
