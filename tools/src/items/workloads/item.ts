import { join } from 'node:path';
import { replaceTable } from '../../document.ts';
import type { Item, Source } from '../../evidence/item.ts';
import { formatCount, formatPercent, table } from '../../markdown.ts';
import { besideOf, byStrategy, type Measured, runLab } from './lab-run.ts';

/** Of a workload that moves bytes: which document has its table, and what it is compared with. */
interface Moving {
  readonly name: string;
  /** The lab's workload, if it is called otherwise, and options of it. */
  readonly workload?: string;
  readonly options?: readonly string[];
  readonly document: string;
  /** What the others are compared with. */
  readonly base?: string;
  readonly minutes: Item['minutes'];
  /** Units of work in a trial, and in a trial of a quick look. */
  readonly requests: number;
  readonly quickly?: number;
}

const WORKLOADS: readonly Moving[] = [
  {
    name: 'uploads',
    document: 'docs/bodies.md',
    minutes: { full: 4, quick: 1 },
    requests: 1_500,
    quickly: 600,
  },
  {
    name: 'forms',
    document: 'docs/forms.md',
    base: 'multer',
    minutes: { full: 9 },
    // The first request of a connection waits for TCP to find its pace: of fewer, those would be the slowest hundredth.
    requests: 2_000,
  },
  { name: 'multipart', document: 'docs/s3.md', minutes: { full: 4 }, requests: 120 },
  {
    name: 'multipart-10',
    workload: 'multipart',
    options: ['--concurrency', '10'],
    document: 'docs/s3.md',
    minutes: { full: 3 },
    requests: 60,
  },
  { name: 's3', document: 'docs/s3.md', minutes: { full: 8 }, requests: 40 },
  { name: 'files', document: 'docs/files.md', minutes: { full: 3 }, requests: 64 },
  { name: 'relay', document: 'docs/sockets.md', minutes: { full: 3 }, requests: 64 },
];
const RUNTIMES = ['node@20', 'node@24', 'node@26'];
const TRIALS = 3;

/** The lab's workloads of sockets and files. */
export const workloads: readonly Item<readonly Measured[]>[] = WORKLOADS.map(itemOf);

function itemOf(moving: Moving): Item<readonly Measured[]> {
  const { name, workload = name, document, base = 'none', minutes } = moving;
  const { requests, quickly = requests } = moving;
  return {
    name,
    what: `the lab’s workload \`${[workload, ...(moving.options ?? [])].join(' ')}\``,
    minutes,

    async measure({ folder, isQuick, runtimes }) {
      const on = isQuick ? ['node'] : RUNTIMES.filter((each) => runtimes.includes(each));
      const count = String(isQuick ? quickly : requests);
      const options = ['--trials', String(TRIALS), '--requests', count, ...(moving.options ?? [])];
      return runLab(workload, on, join(folder, 'run'), ...options);
    },

    write(all, source) {
      const { runtimes, rows } = byStrategy(all, (one) => cell(one, besideOf(all, one, base)));
      const details = `Medians of ${TRIALS} trials of ${formatCount(requests)}; the other side shares the machine.`;
      const head = [`MB (to \`${base}\`), MB/s, p50 / p99 in ms, in GC`, ...runtimes];
      replaceTable(document, name, `${table(head, rows)}\n\n${source.note(details)}`);
      if (name === 'uploads') writeHeadline(all, source);
    },
  };
}

/** Peak resident memory, throughput, p50 and p99 of a unit of work, and the share of time in collection. */
function cell({ resident, rate, p50, p99, gcShare }: Measured, base: Measured): string {
  return [
    `${formatCount(resident / 1e6)} (${(resident / base.resident).toFixed(2)})`,
    formatCount(rate),
    `${formatCount(p50)} / ${formatCount(p99)}`,
    gcShare === null ? 'unknown' : formatPercent(gcShare),
  ].join(', ');
}

/** The first figures of README.md: those of Node 24, where they are neither the best nor the worst. */
function writeHeadline(all: readonly Measured[], { note }: Source): void {
  const one = all.find(
    ({ strategy, runtime }) => strategy === 'elastic' && runtime.startsWith('Node 24'),
  );
  if (one === undefined) return;
  const none = besideOf(all, one, 'none');
  const change = (of: (measured: Measured) => string, unit: string): string =>
    `**${of(none)} → ${of(one)}${unit}**`;
  const words = [
    `peak memory ${change(({ resident }) => formatCount(resident / 1e6), ' MB')}`,
    `throughput ${change(({ rate }) => (rate / 1e3).toFixed(1), ' GB/s')}`,
    `time in garbage collection ${change(({ gcShare }) => formatPercent(gcShare ?? 0), '')}`,
  ];
  replaceTable('README.md', 'headline', `> ${words.join(' · ')}\n\n${note()}`);
}
