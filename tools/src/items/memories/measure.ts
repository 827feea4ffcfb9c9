// The child of `npm run evidence -- memories`: prints what one runtime takes.
import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { BufferRecycler } from 'giveback';
import { triedApis } from './apis.ts';

/** What one runtime takes for work on a buffer, in nanoseconds a KiB, and which APIs take an elastic one. */
export interface Measured {
  readonly node: string;
  readonly times: Readonly<Record<string, { readonly fixed: number; readonly elastic: number }>>;
  readonly taken: Readonly<Record<string, boolean>>;
}

type Work = (buffer: Buffer) => unknown;

const SIZE = 4 * 1024 * 1024;
const ROUNDS = 15;

const fixed = new BufferRecycler({ memory: 'fixed' }).get(SIZE);
const elastic = new BufferRecycler({ memory: 'elastic' }).get(SIZE);
const folder = mkdtempSync(join(tmpdir(), 'giveback-memories-'));
try {
  const measured: Measured = {
    node: process.version,
    times: measureAll(join(folder, 'file')),
    taken: await triedApis(elastic.subarray(0, 1000)),
  };
  console.log(JSON.stringify(measured));
} finally {
  rmSync(folder, { recursive: true });
}

function measureAll(path: string): Measured['times'] {
  for (const buffer of [fixed, elastic]) buffer.fill('giveback ');
  writeFileSync(path, fixed);
  const file = openSync(path, 'r');
  const target = Buffer.allocUnsafeSlow(SIZE);
  const works: Record<string, Work> = {
    'read every byte in JavaScript': loopOver('sum += buffer[i]'),
    'write every byte in JavaScript': loopOver('buffer[i] = i'),
    '`readUInt32LE`, every 4 bytes': loopOver('sum += buffer.readUInt32LE(i); i += 3'),
    '`fill`': (buffer) => buffer.fill(7),
    '`copy` to another buffer': (buffer) => buffer.copy(target),
    '`indexOf` a byte that is not there': (buffer) => buffer.indexOf(255),
    "`toString('latin1')`": (buffer) => buffer.toString('latin1'),
    'SHA-256': (buffer) => createHash('sha256').update(buffer).digest(),
    gzip: (buffer) => gzipSync(buffer, { level: 1 }),
    '`fs.readSync`': (buffer) => readSync(file, buffer, 0, buffer.length, 0),
  };
  const times = Object.entries(works).map(([name, work]) => [name, measure(work)]);
  closeSync(file);
  return Object.fromEntries(times);
}

/** A function of its own for each memory: one loop that sees both would be as slow as the slower. */
function loopOver(body: string): Work {
  const code = `let sum = 0; for (let i = 0; i < buffer.length - 3; i++) { ${body}; } return sum;`;
  const loops = new Map(
    [fixed, elastic].map((each) => [each as Buffer, new Function('buffer', code)]),
  );
  return (buffer) => loops.get(buffer)?.(buffer);
}

/** The medians of several runs for each buffer in turn, in nanoseconds a KiB. */
function measure(work: Work): { fixed: number; elastic: number } {
  const samples: Record<'fixed' | 'elastic', number[]> = { fixed: [], elastic: [] };
  for (let round = 0; round < ROUNDS; round++) {
    samples.fixed.push(timeOf(work, fixed));
    samples.elastic.push(timeOf(work, elastic));
  }
  const middle = (times: number[]): number => times.sort((a, b) => a - b)[(ROUNDS - 1) / 2] ?? 0;
  return { fixed: middle(samples.fixed), elastic: middle(samples.elastic) };
}

function timeOf(work: Work, buffer: Buffer): number {
  const start = process.hrtime.bigint();
  work(buffer);
  return Number(process.hrtime.bigint() - start) / (SIZE / 1024);
}
