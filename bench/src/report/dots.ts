import { MiB } from 'giveback-lab/measure';
import type { Kind } from '../candidates/candidate.ts';
import type { Run } from '../results.ts';
import { summarise } from './summary.ts';

/** The figures that the picture shows. */
const SCENARIO = 'random';
const SECONDS = 15;

/** A candidate in the picture. */
export interface Dot {
  readonly candidate: string;
  readonly kind: Kind;
  readonly isLimit: boolean;
  readonly nanoseconds: number;
  readonly mebibytes: number;
}

/** The candidates of which both figures are known. */
export function dotsOf({ timings, resident: residents }: Run): Dot[] {
  const timing = timings.find(({ scenario }) => scenario === SCENARIO);
  return (timing?.rows ?? []).flatMap((row): Dot[] => {
    const time = summarise(row)?.time.median;
    const { resident } = residents.find(({ candidate }) => candidate === row.candidate) ?? {};
    const bytes = resident?.after.find(({ seconds }) => seconds === SECONDS)?.bytes;
    if (time === undefined || bytes === undefined) return [];
    const { candidate, kind } = row;
    const isLimit = candidate === timing?.limit;
    return [{ candidate, kind, isLimit, nanoseconds: time, mebibytes: Math.max(0, bytes / MiB) }];
  });
}
