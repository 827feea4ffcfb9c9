import { freemem } from 'node:os';
import type { Figures } from '../growth/figures.ts';
import { millions, type PopulationName, populations } from '../growth/populations.ts';
import type { Plan } from '../plan.ts';
import type { GrowthRow } from '../results.ts';
import { performInChild } from './in-child.ts';
import type { Progress } from './time-scenario.ts';

const COUNTS = [1000, 10_000, 100_000];
const MILLION = 1_000_000;

/** What a process may come to hold that has a million of something. */
const NEEDED = 6 * 2 ** 30;

/** What becomes of each operation as there is more of everything: each in a fresh process. */
export async function measureGrowth(
  node: string,
  { growthRounds }: Plan,
  progress: Progress,
): Promise<GrowthRow[]> {
  const rows: GrowthRow[] = [];
  for (const population of Object.keys(populations) as PopulationName[])
    for (const count of countsOf(population)) {
      const row = { candidate: 'giveback', kind: 'giveback', population, count } as const;
      const rounds: Figures[] = [];
      let failure: string | undefined;
      for (let round = 0; round < growthRounds && failure === undefined; round++) {
        progress(`growth, ${count} ${population}, round ${round + 1} of ${growthRounds}`);
        const outcome = await performInChild(node, { kind: 'growth', population, count });
        if ('answer' in outcome) rounds.push(outcome.answer);
        else failure = outcome.failure;
      }
      rows.push({ ...row, rounds, ...(failure === undefined ? {} : { failure }) });
    }
  return rows;
}

function countsOf(population: PopulationName): number[] {
  const isRoom = millions.includes(population) && freemem() > NEEDED;
  return isRoom ? [...COUNTS, MILLION] : COUNTS;
}
