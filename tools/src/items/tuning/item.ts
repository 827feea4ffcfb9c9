import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderPng, renderSvg } from 'giveback-lab/pictures';
import { answer, pathsOf, programBeside } from '../../child.ts';
import { replaceTable, root } from '../../document.ts';
import type { Item } from '../../evidence/item.ts';
import { formatCount, nodeName } from '../../markdown.ts';
import { median } from '../../median.ts';
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
  readonly rows: readonly Row[];
  readonly growths: readonly Growth[];
}

/** A tuning that is tried, and what came of it in each round. */
interface Try {
  readonly memory: Row['memory'];
  readonly tuning: Row['tuning'];
  readonly results: Map<string, TrialResult[]>;
}

/** How the tuning of both memories trades memory for time: every tuning serves every workload, several times. */
export const tuning: Item<Measured> = {
  name: 'tuning',
  what: 'the tuning of both memories over all distributions',
  minutes: { full: 45 },

  async measure() {
    const [path = ''] = await pathsOf(['node']);
    const tries: Try[] = (['fixed', 'elastic'] as const).flatMap((memory) =>
      tuningsOf(memory).map((tried) => ({ memory, tuning: tried, results: emptyResults() })),
    );
    const growths = await answer<Growth[]>(path, [programBeside(import.meta.url, 'growing')]);
    // Round by round, so that what the machine does beside meets every tuning alike.
    for (let round = 1; round <= ROUNDS; round++)
      for (const [index, each] of tries.entries()) {
        console.error(`  round ${round} of ${ROUNDS}, tuning ${index + 1} of ${tries.length}`);
        await tryOnce(path, each);
      }
    return { rows: tries.map(rowOf), growths };
  },

  write({ rows: measured, growths }, { note }) {
    // Whether each row is the library's own may have changed since.
    const rows = measured.map((row) => ({ ...row, isDefault: isDefault(row.memory, row.tuning) }));
    const node = nodeName(Object.values(rows[0]?.results ?? {})[0]?.node ?? '');
    const details = `${node}, ${formatCount(REQUESTS)} requests, seed ${SEED}, ${ROUNDS} rounds: medians of the ratios, the least of the times.`;
    const tables = {
      fixed: tuningTable('fixed', rows),
      elastic: tuningTable('elastic', rows),
      growing: growthTable(growths),
    };
    for (const [name, markdown] of Object.entries(tables))
      replaceTable('docs/tuning.md', name, `${markdown}\n\n${note(details)}`);
    const { chart, size } = frontierChart(rows);
    writeFileSync(join(root, 'docs', 'tuning.png'), renderPng(renderSvg(chart, size)));
  },
};

async function tryOnce(path: string, { memory, tuning: tried, results }: Try): Promise<void> {
  const program = programBeside(import.meta.url, 'trial');
  for (const [workload, all] of results) {
    const spec: TrialSpec = { memory, tuning: tried, workload, requests: REQUESTS, seed: SEED };
    all.push(await answer<TrialResult>(path, [program, JSON.stringify(spec)]));
  }
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
