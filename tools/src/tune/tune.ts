// Measures how the tuning of both memories trades memory for time, and writes the tables and the picture
// of docs/tuning.md: `npm run tune`. Every tuning serves every workload in processes of its own, several times.
// `npm run tune -- --requests 300 --rounds 1` is a quick look, which leaves the documents alone; what was measured last is in
// results/tuning.json, and `--from` that file writes the documents again.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findRuntime } from 'giveback-lab/measure';
import { renderPng, renderSvg } from 'giveback-lab/pictures';
import { answer, median, programBeside } from '../child.ts';
import { replaceTable, root } from '../document.ts';
import { formatCount, measuredBy, nodeName } from '../markdown.ts';
import { frontierChart } from './chart.ts';
import type { Growth } from './growing.ts';
import { isDefault, tuningsOf } from './sweep.ts';
import { growthTable, tuningTable } from './tables.ts';
import { type Row, type TrialResult, type TrialSpec, WORKLOADS } from './trials.ts';

const REQUESTS = 1_500;
const ROUNDS = 3;
const SEED = 2013;

/** All that was measured. */
interface Measured {
  readonly requests: number;
  readonly rounds: number;
  readonly rows: readonly Row[];
  readonly growths: readonly Growth[];
}

/** A tuning that is tried, and what came of it in each round. */
interface Try {
  readonly memory: Row['memory'];
  readonly tuning: Row['tuning'];
  readonly results: Map<string, TrialResult[]>;
}

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: String(REQUESTS) },
    rounds: { type: 'string', default: String(ROUNDS) },
    runtime: { type: 'string', default: 'node' },
    from: { type: 'string' },
  },
});
const results = join(root, 'results');
const measured = values.from === undefined ? await measure() : read(values.from);
const { chart, size } = frontierChart(measured.rows);
const picture = renderPng(renderSvg(chart, size));
const tables = {
  fixed: tuningTable('fixed', measured.rows),
  elastic: tuningTable('elastic', measured.rows),
  growing: growthTable(measured.growths),
};
if (measured.requests === REQUESTS) publish();
else {
  writeFileSync(join(results, 'tuning.png'), picture);
  console.log(Object.values(tables).join('\n\n'));
}

async function measure(): Promise<Measured> {
  const [requests, rounds] = [Number(values.requests), Number(values.rounds)];
  const { path } = await findRuntime(values.runtime);
  const tries: Try[] = (['fixed', 'elastic'] as const).flatMap((memory) =>
    tuningsOf(memory).map((tuning) => ({ memory, tuning, results: emptyResults() })),
  );
  const growths = await answer<Growth[]>(path, [programBeside(import.meta.url, 'growing')]);
  let measured: Measured | undefined;
  // Round by round, so that what the machine does beside meets every tuning alike.
  for (let round = 1; round <= rounds; round++) {
    for (const [index, { memory, tuning, results }] of tries.entries()) {
      console.error(`round ${round} of ${rounds}, tuning ${index + 1} of ${tries.length}`);
      for (const [workload, all] of results) {
        const spec: TrialSpec = { memory, tuning, workload, requests, seed: SEED };
        const program = programBeside(import.meta.url, 'trial');
        all.push(await answer<TrialResult>(path, [program, JSON.stringify(spec)]));
      }
    }
    measured = { requests, rounds: round, rows: tries.map(rowOf), growths };
    // Also what an interrupted run has measured is worth drawing.
    mkdirSync(results, { recursive: true });
    writeFileSync(join(results, 'tuning.json'), `${JSON.stringify(measured)}\n`);
  }
  if (measured === undefined) throw new Error('Expected `--rounds` to be at least 1.');
  return measured;
}

function rowOf({ memory, tuning, results }: Try): Row {
  return {
    memory,
    tuning,
    isDefault: isDefault(memory, tuning),
    results: Object.fromEntries([...results].map(([name, all]) => [name, summaryOf(all)])),
  };
}

function emptyResults(): Map<string, TrialResult[]> {
  return new Map(WORKLOADS.map((workload) => [workload, []]));
}

/** The median of what was held, and the least of the times: what else a machine does only adds to these. */
function summaryOf(results: readonly TrialResult[]): TrialResult {
  const least = (of: (result: TrialResult) => number): number => Math.min(...results.map(of));
  return {
    ...median(results, ({ ratio }) => ratio),
    p50: least(({ p50 }) => p50),
    p99: least(({ p99 }) => p99),
    cpuMs: least(({ cpuMs }) => cpuMs),
  };
}

/** Whether each row is the library's own may have changed since. */
function read(file: string): Measured {
  const measured = JSON.parse(readFileSync(file, 'utf8')) as Measured;
  const rows = measured.rows.map((row) => ({
    ...row,
    isDefault: isDefault(row.memory, row.tuning),
  }));
  return { ...measured, rows };
}

function publish(): void {
  const { requests, rounds, rows } = measured;
  const node = nodeName(Object.values(rows[0]?.results ?? {})[0]?.node ?? '');
  const details = `${node}, ${formatCount(requests)} requests, seed ${SEED}, ${rounds} rounds: medians of the ratios, the least of the times.`;
  for (const [name, markdown] of Object.entries(tables))
    replaceTable('docs/tuning.md', name, `${markdown}\n\n${measuredBy('npm run tune', details)}`);
  writeFileSync(join(root, 'docs', 'tuning.png'), picture);
  console.error('Wrote docs/tuning.png and the tables of docs/tuning.md.');
}
