import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { figureOf, groupsOf, type Run, type TrialSummary } from 'giveback-lab/run';
import { root } from '../../document.ts';

const lab = join(root, 'packages', 'lab', 'dist', 'src', 'cli.js');

/** What a strategy takes on a runtime: medians of its trials. */
export interface Measured {
  readonly strategy: string;
  /** `Node 24.21.0`. */
  readonly runtime: string;
  /** Peak resident memory, in bytes. */
  readonly resident: number;
  /** Peak resident ÷ peak live. */
  readonly ratio: number;
  /** Megabytes a second; 0 of a workload that moves none. */
  readonly rate: number;
  /** Milliseconds of a unit of work. */
  readonly p50: number;
  readonly p99: number;
  /** The share of the time that collection takes. Of a runtime that does not tell: null. */
  readonly gcShare: number | null;
}

/**
 * Runs one of the lab's workloads: `giveback-lab run <workload> …`. A strategy that cannot be had here is left out.
 *
 * @throws unless every trial has finished, with every byte right: a table with a hole in it is worse than the last one.
 */
export function runLab(
  workload: string,
  runtimes: readonly string[],
  folder: string,
  ...options: readonly string[]
): Measured[] {
  const on = runtimes.flatMap((runtime) => ['--runtime', runtime]);
  const args = [lab, 'run', workload, ...on, '--out', folder, '--json', ...options];
  const { status, stdout } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`Not all of ${workload} could be measured.`);
  const run = JSON.parse(stdout) as Run;
  const wrong = run.trials.find(({ summary }) => (summary?.moved?.errors ?? 0) > 0);
  if (wrong !== undefined) throw new Error(`Wrong bytes with ${wrong.strategy}.`);
  return groupsOf(run).map((group) => {
    const median = (figure: (summary: TrialSummary) => number): number =>
      figureOf(group, figure).median;
    const { name, version } = group.runtime;
    return {
      strategy: group.strategy,
      runtime: `${name === 'node' ? 'Node' : name === 'bun' ? 'Bun' : 'Deno'} ${version}`,
      resident: median(({ peakResidentBytes }) => peakResidentBytes),
      ratio: median(({ peakRatio }) => peakRatio ?? Number.NaN),
      rate: median(rateOf),
      p50: median(({ unitMs }) => unitMs.p50),
      p99: median(({ unitMs }) => unitMs.p99),
      gcShare: group.finished.some(({ summary }) => summary.gc === null)
        ? null
        : median(({ gc, wallMs }) => (gc?.ms ?? 0) / wallMs),
    };
  });
}

function rateOf({ moved, wallMs }: TrialSummary): number {
  return moved === undefined ? 0 : moved.bytes / 1e3 / (moved.ms || wallMs);
}

/** What `strategy` takes on the runtime of that one. */
export function besideOf(all: readonly Measured[], one: Measured, strategy: string): Measured {
  const found = all.find((each) => each.strategy === strategy && each.runtime === one.runtime);
  if (found === undefined) throw new Error(`Expected \`${strategy}\` on ${one.runtime}.`);
  return found;
}

/** A row a strategy, a column a runtime. */
export function byStrategy(
  all: readonly Measured[],
  cell: (one: Measured) => string,
): { runtimes: string[]; rows: string[][] } {
  const runtimes = [...new Set(all.map(({ runtime }) => runtime))];
  const strategies = [...new Set(all.map(({ strategy }) => strategy))];
  const rows = strategies.map((strategy) => [
    `\`${strategy}\``,
    ...runtimes.map((runtime) => {
      const one = all.find((each) => each.strategy === strategy && each.runtime === runtime);
      return one === undefined ? '' : cell(one);
    }),
  ]);
  return { runtimes, rows };
}
