// Measures what frames of a socket and messages of a WebSocket cost, in each way to read them, and writes the tables
// `frames` and `messages` of docs/frames.md: `npm run frame-figures`. Each figure comes from processes of their own,
// and is the median of several rounds.
import { answer, median, pathsOf, programBeside } from '../child.ts';
import { replaceTable } from '../document.ts';
import { formatCount, formatPercent, measuredBy, nodeName, table } from '../markdown.ts';
import type { Measured } from './meter.ts';
import { RECEIVERS } from './receivers.ts';
import { WAYS } from './ways.ts';

const RUNTIMES = (process.argv[2] ?? 'node@20,node@24,node@26').split(',');
const ROUNDS = 3;
const KiB = 1024;
const SIZES = [KiB, 16 * KiB, 64 * KiB, 256 * KiB, 1024 * KiB];

const paths = await pathsOf(RUNTIMES);
const frames = await measureAll('framing', Object.keys(WAYS), SIZES.map(String));
const messages = await measureAll('messages', Object.keys(RECEIVERS), ['']);
const note = `${measuredBy('npm run frame-figures', `Medians of ${ROUNDS} rounds. Rates are those of the reading thread while it ran, as the sender shares the machine.`)}`;

replaceTable('docs/frames.md', 'frames', `${frames}\n\n${note}`);
replaceTable('docs/frames.md', 'messages', `${messages}\n\n${note}`);
console.error('Wrote the tables of frames and messages into docs/frames.md.');

/** A table with a row for each way and size. The first way of each is what the others are compared with. */
async function measureAll(
  program: string,
  ways: readonly string[],
  sizes: readonly string[],
): Promise<string> {
  const rows: string[][] = [];
  const names = new Set<string>();
  for (const size of sizes) {
    const cells = ways.map((way) => [describe(size, way)]);
    for (const path of paths) {
      const measured = await measureWays(path, program, ways, size);
      for (const [index, each] of measured.entries()) {
        names.add(nodeName(each.node));
        cells[index]?.push(cell(each, measured[0] as Measured));
      }
    }
    rows.push(...cells);
  }
  return table(['MB/s (of the first), in GC, MB resident', ...names], rows);
}

/** Round by round, so that whoever else is at work is so for all of them. */
async function measureWays(
  path: string,
  program: string,
  ways: readonly string[],
  size: string,
): Promise<Measured[]> {
  const rounds = ways.map((): Measured[] => []);
  for (let round = 0; round < ROUNDS; round++)
    for (const [index, way] of ways.entries()) {
      const args = [programBeside(import.meta.url, program), way, ...(size === '' ? [] : [size])];
      rounds[index]?.push(await answer<Measured>(path, args));
    }
  return rounds.map((each) => median(each, ({ rate }) => rate));
}

function cell({ rate, gcShare, resident }: Measured, first: Measured): string {
  const share = Math.round((100 * rate) / first.rate);
  return `${formatCount(rate)} (${share} %), ${formatPercent(gcShare)}, ${Math.round(resident)}`;
}

function describe(size: string, way: string): string {
  return size === '' ? way : `${Number(size) / KiB} KiB: ${way}`;
}
