// Measures what being recorded costs a program: `npm run profile-overhead`. Pairs of runs, one with and one without,
// in turns of order, so that whatever else the machine does meets both. Each program warms up first.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { answerOf, describeHost } from 'giveback-lab/measure';
import {
  environmentFor,
  writePreload,
} from '../../packages/lab/dist/src/profile/recording/preload-file.js';
import type { TotalsLine } from '../../packages/lab/dist/src/profile/trace-format.js';
import { formatPercent, nodeName, table } from './markdown.ts';

const PAIRS = Number(process.env.PAIRS ?? 15);
const MOST = { programs: 0.05, allocates: 0.25, own: 0.03 };
const ALL = ['uploads', 'multipart', 'websockets', 'fastify', 'ciphers', 'allocates'];
const PROGRAMS = process.argv.length > 2 ? process.argv.slice(2) : ALL;
/** As `giveback-lab profile` records when nobody asks for anything else. */
const SETTINGS = { interval: 524_288, rate: 200, looks: 0.02, every: 100, minBytes: 4_096 };

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

// So long that a program is in a steady state, and that all of them take less than ten minutes.
process.env.ROUNDS ??= '2';
const rows: string[][] = [];
let isTooMuch = false;
for (const name of PROGRAMS) {
  const pairs: Pair[] = [];
  while (pairs.length < PAIRS) pairs.push(await measurePair(name, pairs.length % 2 === 0));
  const [time, cpu, own] = (['time', 'cpu', 'own'] as const).map((key) =>
    quartiles(pairs.map((pair) => pair[key])),
  ) as [Quartiles, Quartiles, Quartiles];
  const most = name === 'allocates' ? MOST.allocates : MOST.programs;
  if (time.median > most || own.median > MOST.own) isTooMuch = true;
  rows.push([name, format(time), format(cpu), formatPercent(own.median), formatPercent(most)]);
  console.error(rows.at(-1)?.join('  '));
}
console.log(
  table(['program', 'time added', 'CPU time added', 'own time', 'allowed'], rows, 'right'),
);
const { cpus, cpu, platform, arch } = describeHost();
console.log(`
Medians (quartiles) of ${PAIRS} pairs. ${nodeName(process.version)}, ${cpus} × ${cpu}, ${platform} ${arch}.`);
if (isTooMuch) process.exitCode = 1;

async function measurePair(name: string, isRecordedFirst: boolean): Promise<Pair> {
  const folder = mkdtempSync(join(tmpdir(), 'giveback-overhead-'));
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
    new URL(`../../packages/lab/dist/test/profile/recording/programs/${name}.js`, import.meta.url),
  );
  // The programs are started as a child of ours, with our environment.
  process.env.NODE_OPTIONS = options;
  const outcome = await answerOf<Figures>(process.execPath, [program], { timeoutMs: 60_000 });
  delete process.env.NODE_OPTIONS;
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
