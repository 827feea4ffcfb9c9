import type { Candidate } from '../candidates/candidate.ts';
import type { Plan } from '../plan.ts';
import type { Run } from '../results.ts';
import { scenarios } from '../scenarios/all.ts';
import { measureGrowth } from './growth.ts';
import { countHeap } from './heap.ts';
import type { InstalledNode } from './nodes.ts';
import { measureResidents } from './resident.ts';
import { trySafety } from './safety.ts';
import { runSized } from './sized.ts';
import { type Progress, timeScenario } from './time-scenario.ts';

/** Measures everything that is wanted on one Node. */
export async function measureOn(
  runtime: InstalledNode,
  candidates: readonly Candidate[],
  plan: Plan,
  wanted: (scenario: string) => boolean,
  tell: Progress,
): Promise<Run> {
  const { path, version: node, v8 } = runtime;
  const progress = (what: string) => tell(`Node ${node}: ${what}`);
  const inPlan = candidates.filter(({ kind }) => plan.kinds.includes(kind));
  const timings = [];
  for (const scenario of scenarios.filter(({ name }) => wanted(name)))
    timings.push(await timeScenario(path, scenario, candidates, plan, progress));
  const heap = wanted('heap') ? await countHeap(path, inPlan, progress) : [];
  const sized = wanted('sized') ? await runSized(path, candidates, plan, progress) : [];
  const safety = wanted('safety') ? await trySafety(path, candidates, progress) : [];
  const waits = wanted('resident') && plan.moments.length > 0;
  const resident = waits ? await measureResidents(path, candidates, plan, progress) : [];
  const growth = wanted('growth') ? await measureGrowth(path, plan, progress) : [];
  return { node, v8, timings, heap, sized, safety, resident, growth };
}
