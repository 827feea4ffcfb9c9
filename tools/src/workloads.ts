// Runs the lab's workloads of sockets and files several times, and writes the tables of their medians into
// docs/io.md: `npm run workloads`, or `npm run workloads -- files` for one of them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatCost } from 'giveback-lab/run';
import { median } from './child.ts';
import { replaceTable } from './document.ts';
import { byStrategy, type Finished, runLab } from './lab-run.ts';
import { formatCount, formatPercent, measuredBy, table } from './markdown.ts';

const WORKLOADS = ['uploads', 'multipart', 'files', 'relay'];
const RUNTIMES = ['node@20', 'node@24', 'node@26'];
const ROUNDS = 3;

const asked = process.argv.slice(2);
for (const workload of WORKLOADS)
  if (asked.length === 0 || asked.includes(workload)) write(workload);

function write(workload: string): void {
  const rounds = Array.from({ length: ROUNDS }, () => runOnce(workload));
  const medians = (rounds[0] as Finished[]).map((_, index) =>
    median(
      rounds.map((trials) => trials[index] as Finished),
      ({ summary }) => bytesASecond(summary),
    ),
  );
  const { runtimes, rows } = byStrategy(medians, cell);
  const details = `Medians of ${ROUNDS} runs by throughput; the other side shares the machine.`;
  replaceTable(
    'docs/io.md',
    workload,
    `${table(['', ...runtimes], rows)}\n\n${measuredBy('npm run workloads', details)}`,
  );
  console.error(`Wrote the table of \`${workload}\` into docs/io.md.`);
}

function runOnce(workload: string): Finished[] {
  const folder = mkdtempSync(join(tmpdir(), 'giveback-workloads-'));
  try {
    const { trials } = runLab(workload, RUNTIMES, join(folder, 'run'));
    const wrong = trials.find(({ summary }) => (summary.moved?.errors ?? 0) > 0);
    if (wrong !== undefined) throw new Error(`Wrong bytes with ${wrong.strategy}.`);
    return trials;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Peak memory, throughput, p50 and p99 of a unit of work, and the share of time in collection. */
function cell({ summary }: Finished): string {
  const { unitMs, gc, wallMs } = summary;
  return [
    formatCost(summary),
    `${formatCount(bytesASecond(summary) / 1e6)} MB/s`,
    `${formatCount(unitMs.p50)} / ${formatCount(unitMs.p99)} ms`,
    gc === null ? 'unknown' : formatPercent(gc.ms / wallMs),
  ].join(', ');
}

function bytesASecond({ moved, wallMs }: Finished['summary']): number {
  return moved === undefined ? 0 : (1_000 * moved.bytes) / (moved.ms || wallMs);
}
