import { lendsBytes, openOneSize } from '../candidates/opening.ts';
import { KiB } from '../units.ts';
import { cycle, lengthOf } from './cycle.ts';
import type { Scenario } from './scenario.ts';

const SIZE = 64 * KiB;

export const sameSize: Scenario = {
  name: 'same',
  title: 'One buffer of 64 KiB: get, give',
  limit: 'bare list',
  admits: lendsBytes,
  open: async (candidate) => cycle(await openOneSize(candidate, SIZE), () => SIZE, lengthOf),
};

/** The same, counted: what 10 million cycles leave on the JavaScript heap. */
export const heap: Scenario = {
  ...sameSize,
  name: 'heap',
  title: 'Ten million cycles of get and give of 64 KiB: what they allocate',
  count: 10_000_000,
  admits: ({ name, kind }) => kind === 'limit' || /Recycler|fixed$|leakStacks|elastic$/.test(name),
};
