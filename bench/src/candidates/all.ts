import { bareList, listOfFixed, listOfResizable } from './bare.ts';
import type { Candidate } from './candidate.ts';
import { freeLists } from './free-lists.ts';
import { giveback } from './giveback.ts';
import { platform } from './platform.ts';
import { resourcePools } from './resource-pools.ts';
import { typedArrayPools } from './typed-array-pools.ts';

/** All candidates in the order of the tables, the bare lists first. */
export const candidates: readonly Candidate[] = [
  bareList,
  listOfFixed,
  listOfResizable,
  ...giveback,
  ...platform,
  ...typedArrayPools,
  ...freeLists,
  ...resourcePools,
];

export function candidateNamed(name: string): Candidate {
  const found = candidates.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`Expected the name of a candidate, got ${name}.`);
  return found;
}
