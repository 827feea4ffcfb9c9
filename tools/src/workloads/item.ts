import { join } from 'node:path';
import { formatCost } from 'giveback-lab/run';
import { replaceTable } from '../document.ts';
import type { Item } from '../evidence/item.ts';
import { formatCount, formatPercent, table } from '../markdown.ts';
import { byStrategy, type Finished, runLab } from './lab-run.ts';

/** Of a workload that moves bytes: which document has its table, and what a quick look takes. */
interface Moving {
  readonly name: string;
  readonly document: string;
  readonly minutes: Item['minutes'];
  /** Requests of a quick look. */
  readonly quickly?: number;
}

const WORKLOADS: readonly Moving[] = [
  { name: 'uploads', document: 'docs/bodies.md', minutes: { full: 8, quick: 1 }, quickly: 600 },
  { name: 'forms', document: 'docs/forms.md', minutes: { full: 10 } },
  { name: 'multipart', document: 'docs/s3.md', minutes: { full: 8 } },
  { name: 'files', document: 'docs/files.md', minutes: { full: 4 } },
  { name: 'relay', document: 'docs/sockets.md', minutes: { full: 4 } },
];
const RUNTIMES = ['node@20', 'node@24', 'node@26'];
const TRIALS = 3;

/** The lab's workloads of sockets and files: medians of several trials each. */
export const workloads: readonly Item<readonly Finished[]>[] = WORKLOADS.map(itemOf);

function itemOf({ name, document, minutes, quickly }: Moving): Item<readonly Finished[]> {
  return {
    name,
    what: `the lab’s workload \`${name}\``,
    minutes,

    async measure({ folder, isQuick, runtimes }) {
      const on = isQuick ? ['node'] : RUNTIMES.filter((each) => runtimes.includes(each));
      const requests = isQuick && quickly ? ['--requests', String(quickly)] : [];
      const trials = ['--trials', String(TRIALS)];
      const run = runLab(name, on, join(folder, 'run'), ...trials, ...requests);
      const wrong = run.trials.find(({ summary }) => (summary.moved?.errors ?? 0) > 0);
      if (wrong === undefined) return run.trials;
      throw new Error(`Wrong bytes with ${wrong.strategy}.`);
    },

    write(trials, { note }) {
      const { runtimes, rows } = byStrategy(trials, cell);
      const details = `Medians of ${TRIALS}; the other side shares the machine.`;
      replaceTable(document, name, `${table(['', ...runtimes], rows)}\n\n${note(details)}`);
    },
  };
}

/** Peak memory, throughput, p50 and p99 of a unit of work, and the share of time in collection. */
function cell({ summary }: Finished): string {
  const { replacementMs, gc, wallMs } = summary;
  return [
    formatCost(summary),
    `${formatCount(bytesASecond(summary) / 1e6)} MB/s`,
    `${formatCount(replacementMs.p50)} / ${formatCount(replacementMs.p99)} ms`,
    gc === null ? 'unknown' : formatPercent(gc.ms / wallMs),
  ].join(', ');
}

export function bytesASecond({ moved, wallMs }: Finished['summary']): number {
  return moved === undefined ? 0 : (1_000 * moved.bytes) / (moved.ms || wallMs);
}
