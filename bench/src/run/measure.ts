import type { Candidate } from '../candidates/candidate.ts';
import type { Run } from '../results.ts';
import { scenarios } from '../scenarios/all.ts';
import type { Plan } from './plan.ts';
import type { Runtime } from './runtimes.ts';
import { trySafety } from './safeties.ts';
import { measureSilences } from './silences.ts';
import { runSized } from './sizeds.ts';
import { type Progress, timeScenario } from './timing.ts';

/** Measures all that is wanted on one Node. */
export async function measureOn(
  runtime: Runtime,
  candidates: readonly Candidate[],
  plan: Plan,
  wanted: (scenario: string) => boolean,
  tell: Progress,
): Promise<Run> {
  const { path, version: node, v8 } = runtime;
  const progress = (what: string) => tell(`Node ${node}: ${what}`);
  const timed = candidates.filter(({ kind }) => plan.kinds.includes(kind));
  const timings = [];
  for (const scenario of scenarios.filter(({ name }) => wanted(name)))
    timings.push(await timeScenario(path, scenario, timed, plan, progress));
  const sizeds = wanted('sized') ? await runSized(path, candidates, plan, progress) : [];
  const safeties = wanted('safety') ? await trySafety(path, candidates, progress) : [];
  const silent = wanted('silence') && plan.moments.length > 0;
  const silences = silent ? await measureSilences(path, candidates, plan, progress) : [];
  return { node, v8, timings, silences, sizeds, safeties };
}
