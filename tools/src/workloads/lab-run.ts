import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Run, Trial, TrialSummary } from 'giveback-lab/run';
import { root } from '../document.ts';

const lab = join(root, 'packages', 'lab', 'dist', 'src', 'cli.js');

/** A trial that has finished. */
export interface Finished {
  readonly strategy: string;
  /** `Node 24.21.0`. */
  readonly runtime: string;
  readonly summary: TrialSummary;
}

/**
 * Runs one of the lab's workloads: `giveback-lab run <workload> …`.
 *
 * @throws unless every trial has finished: a table with a hole in it is worse than the last one.
 */
export function runLab(
  workload: string,
  runtimes: readonly string[],
  folder: string,
  ...options: readonly string[]
): { run: Run; trials: Finished[] } {
  const on = runtimes.flatMap((runtime) => ['--runtime', runtime]);
  const args = [lab, 'run', workload, ...on, '--out', folder, '--json', ...options];
  const { status, stdout } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 1024 * 1024,
  });
  const run = status === 0 ? (JSON.parse(stdout) as Run) : undefined;
  if (run === undefined || run.skipped.length > 0)
    throw new Error('Not all of it could be measured: nothing is changed.');
  return { run, trials: run.trials.map(finished) };
}

function finished({ strategy, runtime, summary }: Trial): Finished {
  const name = runtime.name === 'node' ? 'Node' : runtime.name;
  return {
    strategy,
    runtime: `${name} ${runtime.version}`,
    summary: summary as TrialSummary,
  };
}

/** A row a strategy, a column a runtime. */
export function byStrategy(
  trials: readonly Finished[],
  cell: (trial: Finished) => string,
): { runtimes: string[]; rows: string[][] } {
  const runtimes = [...new Set(trials.map(({ runtime }) => runtime))];
  const strategies = [...new Set(trials.map(({ strategy }) => strategy))];
  const rows = strategies.map((strategy) => [
    `\`${strategy}\``,
    ...runtimes.map((runtime) => {
      const trial = trials.find((each) => each.strategy === strategy && each.runtime === runtime);
      return trial === undefined ? '' : cell(trial);
    }),
  ]);
  return { runtimes, rows };
}
