import { readFileSync } from 'node:fs';
import type { Host } from 'giveback-lab/measure';
import type { Kind, Lends } from './candidates/candidate.ts';
import type { Figures } from './growth/figures.ts';
import type { PopulationName } from './growth/populations.ts';
import type { Resident } from './measure/resident.ts';
import type { Outcomes } from './measure/safety.ts';
import type { Sized } from './measure/sized.ts';
import type { Sample } from './measure/stopwatch.ts';
import type { Plan } from './plan.ts';

/** The version of the layout of a file of results. */
export const VERSION = 3;

/** All results of a run. What is printed, drawn and published is made from this alone. */
export interface Results {
  readonly version: typeof VERSION;
  readonly date: string;
  readonly host: Host;
  /** The load average of the minute before. More than a few running programs disturb a measurement. */
  readonly load: number;
  readonly plan: Plan;
  /** The versions of the packages that are compared, giveback included. */
  readonly packages: Readonly<Record<string, string>>;
  readonly runs: readonly Run[];
}

/** The results on one Node. */
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
  /** Why figures are missing. */
  readonly failure?: string;
}

/** The times of one scenario. */
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
  /** Whether it lends one size only, and is used with the size classes of the bench. */
  readonly sizeClassed: boolean;
  /** One for each round. */
  readonly samples: readonly Sample[];
  /** Its time divided by the limit's in the same round; one for each round. */
  readonly ratios: readonly number[];
}

/** What a get and a give of one size allocate on the JavaScript heap. */
export interface HeapRow extends Row {
  readonly lends: Lends;
  /** Bytes for each get and give. */
  readonly bytes?: number;
}

/** The outcomes of misuse. */
export interface SafetyRow extends Row {
  readonly outcomes: Outcomes;
}

/** What stays resident after a burst. */
export interface ResidentRow extends Row {
  readonly resident?: Resident;
}

/** Results of the lab's workload `sized`. */
export interface SizedRow extends Row {
  readonly sizeClassed: boolean;
  /** One for each round. */
  readonly rounds: readonly Sized[];
}

/** What operations take with so many of something in the process. */
export interface GrowthRow extends Row {
  readonly population: PopulationName;
  readonly count: number;
  /** One a round. */
  readonly rounds: readonly Figures[];
}

/** @throws an error of one sentence, unless a run of this version has written the file */
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

/** Merges several results into one. Of what was measured more than once, the last counts. */
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
    heap: unlessEmpty(after.heap) ?? before.heap,
    sized: unlessEmpty(after.sized) ?? before.sized,
    safety: unlessEmpty(after.safety) ?? before.safety,
    resident: unlessEmpty(after.resident) ?? before.resident,
    growth: unlessEmpty(after.growth) ?? before.growth,
  };
}

/** A table of the newest Node that it was measured on, as not every run measures everything. */
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

/** The rows of a table, or `undefined` if there are none. */
export function unlessEmpty<R extends Row>(rows: readonly R[]): readonly R[] | undefined {
  return rows.length > 0 ? rows : undefined;
}

/** A sentence for each candidate that could not be measured, with the reason. */
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
