import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { answerOf } from 'giveback-lab/measure';
import {
  environmentFor,
  writePreload,
} from '../../../../packages/lab/dist/src/profile/recording/preload-file.js';
import type { TotalsLine } from '../../../../packages/lab/dist/src/profile/trace-format.js';
import { replaceTable } from '../../document.ts';
import type { Item } from '../../evidence/item.ts';
import { formatPercent, nodeName, table } from '../../markdown.ts';

/** As many as are measured in any case, and at most. */
const PAIRS = { least: 5, most: 15 };
/** What of the time is left is shared by the programs that are left. */
const MINUTES = 10;
/** How much a program works: at least for a second once it is warm, and the first look is over. */
const ROUNDS = '3';
const MOST = { programs: 0.05, allocates: 0.25, own: 0.03 };
const PROGRAMS = ['uploads', 'multipart', 'websockets', 'fastify', 'ciphers', 'allocates'];
/** As `giveback-lab profile` records when nobody asks for anything else. */
const SETTINGS = { interval: 524_288, rate: 200, looks: 0.02, every: 100, minBytes: 4_096 };
const PATIENCE_MS = 120_000;

interface Figures {
  readonly ms: number;
  readonly cpuMs: number;
}

interface Pair {
  /** What recording adds, as a share of what the program takes without. */
  readonly time: number;
  readonly cpu: number;
  /** The share of the time that the recording says it took itself. */
  readonly own: number;
}

interface Overhead {
  readonly node: string;
  readonly programs: readonly { readonly name: string; readonly pairs: readonly Pair[] }[];
}

/**
 * What being recorded costs a program. Pairs of runs, one with and one without, in turns of order, so that whatever else
 * the machine does meets both. Each program warms up first.
 */
export const profileOverhead: Item<Overhead> = {
  name: 'profile-overhead',
  what: 'what the profiler costs a program',
  minutes: { full: MINUTES },

  async measure({ folder }) {
    const programs: Overhead['programs'][number][] = [];
    const until = performance.now() + MINUTES * 60_000;
    for (const [at, name] of PROGRAMS.entries()) {
      const share = (until - performance.now()) / (PROGRAMS.length - at);
      const pairs = await measurePairs(name, folder, performance.now() + share);
      programs.push({ name, pairs });
      console.error(`  ${rowOf(name, pairs).join('  ')}`);
    }
    return { node: process.version, programs };
  },

  write({ node, programs }, { note }) {
    const head = ['program', 'pairs', 'time added', 'CPU time added', 'own time', 'to be at most'];
    const rows = programs.map(({ name, pairs }) => rowOf(name, pairs));
    const details = `${nodeName(node)}. Medians (quartiles) of pairs of runs, with and without the profiler, in turns of order.`;
    replaceTable(
      'docs/profile.md',
      'profile-overhead',
      `${table(head, rows, 'right')}\n\n${note(details)}`,
    );
  },
};

/** One that fails, as on a machine without memory, is told and measured again. */
async function measurePairs(name: string, folder: string, until: number): Promise<Pair[]> {
  const pairs: Pair[] = [];
  let failures = 0;
  while (pairs.length < PAIRS.most) {
    if (pairs.length >= PAIRS.least && performance.now() > until) break;
    try {
      pairs.push(await measurePair(name, folder, pairs.length % 2 === 0));
    } catch (error) {
      console.error(`  ${(error as Error).message}`);
      if (++failures > PAIRS.least) throw error;
    }
  }
  return pairs;
}

function rowOf(name: string, pairs: readonly Pair[]): string[] {
  const of = (key: keyof Pair): Quartiles => quartiles(pairs.map((pair) => pair[key]));
  const most = name === 'allocates' ? MOST.allocates : MOST.programs;
  return [
    name,
    String(pairs.length),
    format(of('time')),
    format(of('cpu')),
    formatPercent(of('own').median),
    `${formatPercent(most)}, own ${formatPercent(MOST.own)}`,
  ];
}

async function measurePair(name: string, parent: string, isRecordedFirst: boolean): Promise<Pair> {
  const folder = mkdtempSync(join(parent, 'pair-'));
  try {
    const path = writePreload(folder, SETTINGS);
    const within = () => figuresOf(name, environmentFor(path, {}).NODE_OPTIONS ?? '');
    const without = () => figuresOf(name, '');
    const first = await (isRecordedFirst ? within() : without());
    const second = await (isRecordedFirst ? without() : within());
    const [recorded, plain] = isRecordedFirst ? [first, second] : [second, first];
    return {
      time: recorded.ms / plain.ms - 1,
      cpu: recorded.cpuMs / plain.cpuMs - 1,
      own: ownShare(folder),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function figuresOf(name: string, options: string): Promise<Figures> {
  const program = fileURLToPath(
    new URL(
      `../../../../packages/lab/dist/test/profile/recording/programs/${name}.js`,
      import.meta.url,
    ),
  );
  // The programs are started as a child of ours, with our environment.
  process.env.NODE_OPTIONS = options;
  process.env.ROUNDS = ROUNDS;
  const outcome = await answerOf<Figures>(process.execPath, [program], { timeoutMs: PATIENCE_MS });
  delete process.env.NODE_OPTIONS;
  delete process.env.ROUNDS;
  if ('answer' in outcome) return outcome.answer;
  throw new Error(`${name}: ${outcome.failure}`);
}

/** Of the only process that left a trace. */
function ownShare(folder: string): number {
  const file = readdirSync(folder).find((each) => each.endsWith('.ndjson')) ?? '';
  const lines = readFileSync(join(folder, file), 'utf8').trimEnd().split('\n');
  const last = lines.findLast((line) => line.startsWith('{"totals"')) ?? '{}';
  const { ownMs, totals } = JSON.parse(last) as TotalsLine;
  return ownMs / totals;
}

interface Quartiles {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

function quartiles(values: readonly number[]): Quartiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] as number;
  return { low: at(0.25), median: at(0.5), high: at(0.75) };
}

function format({ low, median, high }: Quartiles): string {
  return `${formatPercent(median)} (${formatPercent(low)} to ${formatPercent(high)})`;
}
