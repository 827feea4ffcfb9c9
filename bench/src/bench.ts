import { loadavg } from 'node:os';
import { join } from 'node:path';
import { describeHost } from 'giveback-lab/measure';
import { candidates } from './candidates/all.ts';
import type { Candidate } from './candidates/candidate.ts';
import { full, type Plan, quick } from './plan.ts';
import { describe, type Regression, regressionsIn, TOLERANCE } from './report/check.ts';
import { commitRatios } from './report/committed.ts';
import { publish, save } from './report/files.ts';
import { toTerminal } from './report/terminal.ts';
import { percent } from './report/words.ts';
import { failuresIn, merge, type Results, readResults, VERSION } from './results.ts';
import { measureOn } from './run/measure.ts';
import { findNode } from './run/nodes.ts';
import { installedVersions } from './run/versions.ts';

export interface BenchOptions {
  readonly runtime: readonly string[];
  readonly candidate: readonly string[];
  readonly rounds?: number;
  readonly quick?: boolean;
  readonly check?: boolean;
  readonly commit?: boolean;
  readonly publish?: boolean;
  readonly from: readonly string[];
  readonly out?: string;
  readonly json?: boolean;
}

/** Measures, or reads earlier results, and reports. @returns the exit code */
export async function bench(names: readonly string[], options: BenchOptions): Promise<number> {
  const results = options.from.length > 0 ? read(options.from) : await measure(names, options);
  if (options.from.length === 0) save(folderFor(options, results), results);
  console.log(options.json ? JSON.stringify(results) : toTerminal(results));
  if (options.publish) publish(results);
  if (options.commit) commitRatios(results);
  const failures = failuresIn(results);
  for (const failure of failures) console.error(failure);
  const worse = options.check ? await check(results, options) : 0;
  return failures.length > 0 ? 1 : worse;
}

async function measure(names: readonly string[], options: BenchOptions): Promise<Results> {
  const thorough = options.quick ? quick : full;
  const plan: Plan = {
    ...thorough,
    rounds: options.rounds ?? thorough.rounds,
    growthRounds: options.rounds ?? thorough.growthRounds,
  };
  // Growth has a page of its own, and is measured when asked for.
  const wanted = (name: string) =>
    names.includes(name) || (names.length === 0 && name !== 'growth');
  const chosen = candidates.filter((each) => isChosen(each, options.candidate));
  const host = describeHost();
  const load = loadavg()[0] ?? 0;
  const asked = options.runtime.length > 0 ? options.runtime : ['node'];
  const nodes = await Promise.all(asked.map(findNode));
  const runs = [];
  for (const node of nodes) runs.push(await measureOn(node, chosen, plan, wanted, tell));
  tell('');
  const date = new Date().toISOString();
  return { version: VERSION, date, host, load, plan, packages: installedVersions(), runs };
}

/** Compares ratios with the committed ones. What seems worse is measured again, more thoroughly. */
async function check(results: Results, options: BenchOptions): Promise<number> {
  const suspected = regressionsIn(results.runs);
  const found = suspected.length > 0 ? await confirm(suspected, options) : [];
  for (const regression of found) console.log(describe(regression));
  const tolerance = percent(TOLERANCE);
  if (found.length === 0)
    console.log(`No ratio is more than ${tolerance} above the committed one.`);
  return found.length > 0 ? 1 : 0;
}

async function confirm(
  suspected: readonly Regression[],
  options: BenchOptions,
): Promise<Regression[]> {
  const names = [...new Set(suspected.map(({ scenario }) => scenario))];
  const candidate = [...new Set(suspected.map((each) => each.candidate))];
  const { runs } = await measure(names, { ...options, candidate, quick: false, rounds: 9 });
  return regressionsIn(runs);
}

function isChosen({ name, kind }: Candidate, words: readonly string[]): boolean {
  return words.length === 0 || kind === 'bare' || words.some((word) => name.includes(word));
}

function read(files: readonly string[]): Results {
  return merge(files.map(readResults));
}

function folderFor({ out }: BenchOptions, { date }: Results): string {
  return out ?? join('results', `bench-${date.slice(0, 19).replace(/[:T]/g, '-')}`);
}

/** Shows progress in one line of a terminal. */
function tell(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what}`);
}
