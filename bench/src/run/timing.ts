import type { Candidate } from '../candidates/candidate.ts';
import { needsSizeClasses } from '../candidates/opening.ts';
import type { Sample } from '../measure/stopwatch.ts';
import type { Timing, TimingRow } from '../results.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import type { Plan } from './plan.ts';
import { performApart } from './processes.ts';

/** Tells that a measurement begins. */
export type Progress = (what: string) => void;

function isWanted(candidate: Candidate, scenario: Scenario): boolean {
  const { only = [scenario.name] } = candidate;
  return only.includes(scenario.name) && scenario.admits(candidate);
}

type Taken = { readonly samples: Sample[]; readonly ratios: number[]; failure?: string };

/**
 * Times every candidate once a round, each in a fresh process, forth and back in turn: a machine that
 * grows slower by and by is then unfair to nobody. Within a round times are divided by the limit's.
 */
export async function timeScenario(
  node: string,
  scenario: Scenario,
  candidates: readonly Candidate[],
  plan: Plan,
  progress: Progress,
): Promise<Timing> {
  const admitted = candidates.filter((each) => isWanted(each, scenario));
  const taken = new Map<Candidate, Taken>(
    admitted.map((candidate) => [candidate, { samples: [], ratios: [] }]),
  );
  const rounds = scenario.count === undefined ? plan.rounds : 1;
  for (let round = 0; round < rounds; round++) {
    progress(`${scenario.name}, round ${round + 1} of ${rounds}`);
    const times = new Map<Candidate, number>();
    for (const candidate of round % 2 === 0 ? admitted : admitted.toReversed()) {
      const row = taken.get(candidate) as Taken;
      if (row.failure !== undefined) continue;
      const task = { kind: 'time', scenario: scenario.name, span: plan.span } as const;
      const outcome = await performApart(node, { ...task, candidate: candidate.name });
      if ('failure' in outcome) {
        row.failure = outcome.failure;
        continue;
      }
      row.samples.push(outcome.answer);
      times.set(candidate, outcome.answer.nanoseconds);
    }
    const limit = [...times].find(([{ name }]) => name === scenario.limit)?.[1] ?? Number.NaN;
    for (const [candidate, time] of times) taken.get(candidate)?.ratios.push(time / limit);
  }
  const { name, title, limit } = scenario;
  return { scenario: name, title, limit, rows: admitted.map(toRow) };

  function toRow(candidate: Candidate): TimingRow {
    const sizeClassed = scenario.anySize === true && needsSizeClasses(candidate);
    const row = taken.get(candidate) as Taken;
    return { candidate: candidate.name, kind: candidate.kind, sizeClassed, ...row };
  }
}
