import { readFileSync } from 'node:fs';
import type { Kind } from './candidates/candidate.ts';
import type { Misuse, Outcome } from './measure/safety.ts';
import type { Silence } from './measure/silence.ts';
import type { Sized } from './measure/sized.ts';
import type { Sample } from './measure/stopwatch.ts';
import type { Machine } from './run/machine.ts';
import type { Plan } from './run/plan.ts';

/** Of the form of a file of results. */
export const VERSION = 1;

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
  readonly silences: readonly (Row & { readonly silence?: Silence })[];
  readonly sizeds: readonly SizedRow[];
  readonly safeties: readonly (Row & { readonly outcomes: Readonly<Record<Misuse, Outcome>> })[];
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
  /** It takes one size, and stands behind the size classes of the bench. */
  readonly sizeClassed: boolean;
  /** One a round. */
  readonly samples: readonly Sample[];
  /** Its time divided by the limit's in the same round; one a round. */
  readonly ratios: readonly number[];
}

/** The lab's workload `sized`: every request has its own size. */
export interface SizedRow extends Row {
  readonly sizeClassed: boolean;
  /** One a round. */
  readonly rounds: readonly Sized[];
}

/** @throws a sentence, if the file is none that a run of this version has written. */
export function readResults(file: string): Results {
  let results: Partial<Results> | null;
  try {
    results = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`Expected ${file} to hold the results of a run.`, { cause });
  }
  if (results?.version === VERSION && Array.isArray(results.runs)) return results as Results;
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
    silences: after.silences.length > 0 ? after.silences : before.silences,
    sizeds: after.sizeds.length > 0 ? after.sizeds : before.sizeds,
    safeties: after.safeties.length > 0 ? after.safeties : before.safeties,
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
  return runs.flatMap(({ node, timings, silences, sizeds, safeties }) => {
    const tables = [
      ...timings.map(({ scenario, rows }) => ({ scenario, rows })),
      { scenario: 'silence', rows: silences },
      { scenario: 'sized', rows: sizeds },
      { scenario: 'safety', rows: safeties },
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
