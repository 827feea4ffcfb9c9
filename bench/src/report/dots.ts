import type { Kind } from '../candidates/candidate.ts';
import type { Run } from '../results.ts';
import { MiB } from '../units.ts';
import { summarise } from './summary.ts';

/** Which figures the picture shows. */
const SCENARIO = 'random';
const SECONDS = 15;

/** A candidate in the picture. */
export interface Dot {
  readonly candidate: string;
  readonly kind: Kind;
  readonly nanoseconds: number;
  readonly mebibytes: number;
}

/** Those of which both figures are known. */
export function dotsOf({ timings, silences }: Run): Dot[] {
  const rows = timings.find(({ scenario }) => scenario === SCENARIO)?.rows ?? [];
  return rows.flatMap((row): Dot[] => {
    const time = summarise(row)?.time.median;
    const { silence } = silences.find(({ candidate }) => candidate === row.candidate) ?? {};
    const bytes = silence?.after.find(({ seconds }) => seconds === SECONDS)?.bytes;
    if (time === undefined || bytes === undefined) return [];
    const { candidate, kind } = row;
    const mebibytes = Math.max(0, bytes / MiB);
    return [{ candidate, kind, nanoseconds: time, mebibytes }];
  });
}
