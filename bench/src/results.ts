import { readFileSync } from 'node:fs';
import type { Kind, Lends } from './candidates/candidate.ts';
import type { Figures } from './growth/figures.ts';
import type { PopulationName } from './growth/populations.ts';
import type { Resident } from './measure/resident.ts';
import type { Outcomes } from './measure/safety.ts';
import type { Sized } from './measure/sized.ts';
import type { Sample } from './measure/stopwatch.ts';
import type { Machine } from './run/machine.ts';
import type { Plan } from './run/plan.ts';

/** Of the form of a file of results. */
export const VERSION = 2;

/** All that a run has found: what is printed, drawn and published is made from this alone. */
export interface Results {
  readonly version: typeof VERSION;
  readonly date: string;
  readonly machine: Machine;
  readonly plan: Plan;
  /** Of the packages that are compared, ours included. */
  readonly packages: Readonly<Record<string, string>>;
  readonly runs: readonly Run[];
}

/** What was found on one Node. */
export interface Run {
  readonly node: string;
  readonly v8: string;
  readonly timings: readonly Timing[];
  readonly heap: readonly HeapRow[];
  readonly sized: readonly SizedRow[];
  readonly safety: readonly SafetyRow[];
  readonly resident: readonly ResidentRow[];
  readonly growth: readonly GrowthRow[];
}

export interface Row {
  readonly candidate: string;
  readonly kind: Kind;
  /** Why there are no figures, or not all. */
  readonly failure?: string;
}

/** One scenario. */
export interface Timing {
  readonly scenario: string;
  readonly title: string;
  readonly limit: string;
  readonly rows: readonly TimingRow[];
}

export interface TimingRow extends Row {
  readonly lends: Lends;
  /** The candidate that its times are divided by. */
  readonly limit: string;
  /** It takes one size, and stands behind the size classes of the bench. */
  readonly sizeClassed: boolean;
  /** One a round. */
  readonly samples: readonly Sample[];
  /** Its time divided by the limit's in the same round; one a round. */
  readonly ratios: readonly number[];
}

/** What a get and a give of one size allocate. */
export interface HeapRow extends Row {
  readonly lends: Lends;
  /** Of the JavaScript heap, per get and give. */
  readonly bytes?: number;
}

/** What comes of misuse. */
export interface SafetyRow extends Row {
  readonly outcomes: Outcomes;
}

/** What stays resident after a burst. */
export interface ResidentRow extends Row {
  readonly resident?: Resident;
}

/** The lab's workload `sized`: every request has its own size. */
export interface SizedRow extends Row {
  readonly sizeClassed: boolean;
  /** One a round. */
  readonly rounds: readonly Sized[];
}

/** What operations take with so many of something in the process. */
export interface GrowthRow extends Row {
  readonly population: PopulationName;
  readonly count: number;
  /** One a round. */
  readonly rounds: readonly Figures[];
}

/** @throws a sentence, if the file is none that a run of this version has written. */
export function readResults(file: string): Results {
  let results: Partial<Results> | null;
  try {
    results = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`Expected ${file} to hold the results of a run.`, { cause });
  }
  if (results?.version === VERSION && Array.isArray(results.runs))
    // Growth was not measured always.
    return {
      ...results,
      runs: results.runs.map((run) => ({ ...run, growth: run.growth ?? [] })),
    } as Results;
  throw new Error(`Expected ${file} to hold results of version ${VERSION}.`);
}

/** One set of results from several: of what was measured more than once, the last. */
export function merge(all: readonly Results[]): Results {
  const last = all.at(-1);
  if (last === undefined) throw new Error('Expected at least one file of results, got none.');
  const nodes = new Map<string, Run>();
  for (const run of all.flatMap(({ runs }) => runs))
    nodes.set(run.node, mergeRuns(nodes.get(run.node) ?? run, run));
  const runs = [...nodes.values()].sort(
    (one, two) => parseInt(one.node, 10) - parseInt(two.node, 10),
  );
  return { ...last, runs };
}

function mergeRuns(before: Run, after: Run): Run {
  const timings = new Map(
    [...before.timings, ...after.timings].map((timing) => [timing.scenario, timing]),
  );
  return {
    ...after,
    timings: [...timings.values()],
    heap: measured(after.heap) ?? before.heap,
    sized: measured(after.sized) ?? before.sized,
    safety: measured(after.safety) ?? before.safety,
    resident: measured(after.resident) ?? before.resident,
    growth: measured(after.growth) ?? before.growth,
  };
}

/** A table as the newest Node has it that it was measured on: not every run measures everything. */
export function newestWith<T>(
  runs: readonly Run[],
  tableOf: (run: Run) => T | undefined,
): { readonly node: string; readonly table: T } | undefined {
  for (const run of runs.toReversed()) {
    const table = tableOf(run);
    if (table !== undefined) return { node: run.node, table };
  }
  return undefined;
}

/** The rows of a table, where there are any. */
export function measured<R extends Row>(rows: readonly R[]): readonly R[] | undefined {
  return rows.length > 0 ? rows : undefined;
}

/** Who could not be measured, and why, in sentences. */
export function failuresIn({ runs }: Results): string[] {
  return runs.flatMap(({ node, timings, heap, sized, safety, resident, growth }) => {
    const tables = [
      ...timings.map(({ scenario, rows }) => ({ scenario, rows })),
      { scenario: 'heap', rows: heap },
      { scenario: 'sized', rows: sized },
      { scenario: 'safety', rows: safety },
      { scenario: 'resident', rows: resident },
      { scenario: 'growth', rows: growth },
    ];
    return tables.flatMap(({ scenario, rows }) =>
      rows.flatMap(({ candidate, failure }: Row) =>
        failure === undefined
          ? []
          : [`${candidate} failed in ${scenario} on Node ${node}: ${failure}`],
      ),
    );
  });
}
