import type { Candidate } from '../candidates/candidate.ts';
import { isMeasuredIn, needsSizeClasses } from '../candidates/opening.ts';
import type { Sample } from '../measure/stopwatch.ts';
import type { Plan } from '../plan.ts';
import type { Timing, TimingRow } from '../results.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { performInChild } from './in-child.ts';

/** Told when a measurement begins. */
export type Progress = (what: string) => void;

/** The times of one round by the names of the candidates. */
type Round = ReadonlyMap<string, number>;

/** The measurements of one candidate. */
interface Entry {
  readonly candidate: Candidate;
  readonly limit: string;
  readonly samples: Sample[];
  readonly ratios: number[];
  failure?: string;
}

/**
 * Times every candidate once in each round, in a fresh process. The order alternates from round to round, so that a
 * machine that gradually slows down treats all alike. Ratios to the limit are taken within a round.
 */
export async function timeScenario(
  node: string,
  scenario: Scenario,
  candidates: readonly Candidate[],
  plan: Plan,
  progress: Progress,
): Promise<Timing> {
  const entries = entriesOf(scenario, candidates, plan);
  for (let round = 0; round < plan.rounds; round++) {
    progress(`${scenario.name}, round ${round + 1} of ${plan.rounds}`);
    const inTurn = round % 2 === 0 ? entries : entries.toReversed();
    const times = await timeRound(node, scenario, inTurn, plan);
    for (const { candidate, limit, ratios } of entries) {
      const time = times.get(candidate.name);
      if (time !== undefined) ratios.push(time / (times.get(limit) ?? Number.NaN));
    }
  }
  const { name, title, limit } = scenario;
  return { scenario: name, title, limit, rows: entries.map((entry) => toRow(entry, scenario)) };
}

function entriesOf(scenario: Scenario, candidates: readonly Candidate[], plan: Plan): Entry[] {
  const isTimed = ({ kind, name }: Candidate) =>
    plan.kinds.includes(kind) || name === scenario.alsoQuick;
  const admitted = candidates.filter(
    (each) => isTimed(each) && isMeasuredIn(each, scenario.name) && scenario.admits(each),
  );
  return admitted.map((candidate) => {
    const own = admitted.find(({ name }) => name === candidate.limit)?.name;
    return { candidate, limit: own ?? scenario.limit, samples: [], ratios: [] };
  });
}

async function timeRound(
  node: string,
  scenario: Scenario,
  entries: readonly Entry[],
  { span }: Plan,
): Promise<Round> {
  const times = new Map<string, number>();
  for (const entry of entries) {
    if (entry.failure !== undefined) continue;
    const { name: candidate } = entry.candidate;
    const task = { kind: 'time', scenario: scenario.name, candidate, span } as const;
    const outcome = await performInChild(node, task);
    if ('failure' in outcome) {
      entry.failure = outcome.failure;
      continue;
    }
    entry.samples.push(outcome.answer);
    times.set(candidate, outcome.answer.nanoseconds);
  }
  return times;
}

function toRow({ candidate, ...found }: Entry, scenario: Scenario): TimingRow {
  const sizeClassed = scenario.anySize === true && needsSizeClasses(candidate);
  const { name, kind, lends } = candidate;
  return { candidate: name, kind, lends, sizeClassed, ...found };
}
