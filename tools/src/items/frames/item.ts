import { answer, pathsOf, programBeside } from '../../child.ts';
import { replaceTable } from '../../document.ts';
import type { Item } from '../../evidence/item.ts';
import { formatCount, formatPercent, nodeName, table } from '../../markdown.ts';
import { median } from '../../median.ts';
import type { Measured } from './meter.ts';
import { RECEIVERS } from './receivers.ts';
import { WAYS } from './ways.ts';

const ROUNDS = 3;
const KiB = 1024;
const SIZES = [KiB, 16 * KiB, 64 * KiB, 256 * KiB, 1024 * KiB];
const NOTE = `Medians of ${ROUNDS} rounds. Rates are those of the reading thread while it ran, as the sender shares the machine.`;

/** What one way of reading takes, for each runtime. */
interface Row {
  readonly what: string;
  readonly measured: readonly Measured[];
  /** What each is compared with. */
  readonly beside: readonly Measured[];
}

interface Figures {
  readonly frames: readonly Row[];
  readonly messages: readonly Row[];
}

/** What frames of a socket and messages of a WebSocket cost. Each figure comes from processes of their own. */
export const framesAndMessages: Item<Figures> = {
  name: 'frames',
  what: 'frames of sockets and messages of WebSockets, beside other ways to read them',
  minutes: { full: 12 },

  async measure({ runtimes }) {
    const paths = await pathsOf(runtimes.filter((name) => name.startsWith('node')));
    const frames: Row[] = [];
    for (const size of SIZES) {
      const rows = await measureAll(paths, 'framing', Object.keys(WAYS), String(size));
      frames.push(...rows.map((row) => ({ ...row, what: `${size / KiB} KiB: ${row.what}` })));
    }
    return { frames, messages: await measureAll(paths, 'messages', Object.keys(RECEIVERS)) };
  },

  write({ frames, messages }, { note }) {
    replaceTable('docs/frames.md', 'frames', `${tableOf(frames)}\n\n${note(NOTE)}`);
    replaceTable('docs/frames.md', 'messages', `${tableOf(messages)}\n\n${note(NOTE)}`);
  },
};

/** A row for each way, compared with the first. */
async function measureAll(
  paths: readonly string[],
  program: string,
  ways: readonly string[],
  ...args: readonly string[]
): Promise<Row[]> {
  const measured = ways.map((): Measured[] => []);
  for (const path of paths) {
    const rounds = ways.map((): Measured[] => []);
    // Round by round, so that whoever else is at work is so for all of them.
    for (let round = 0; round < ROUNDS; round++)
      for (const [index, way] of ways.entries()) {
        const child = [programBeside(import.meta.url, program), way, ...args];
        rounds[index]?.push(await answer<Measured>(path, child));
      }
    for (const [index, each] of rounds.entries())
      measured[index]?.push(median(each, ({ rate }) => rate));
  }
  const [beside = []] = measured;
  return ways.map((what, index) => ({ what, measured: measured[index] ?? [], beside }));
}

function tableOf(rows: readonly Row[]): string {
  const names = (rows[0]?.measured ?? []).map(({ node }) => nodeName(node));
  return table(
    ['MB/s (of the first), in GC, MB resident', ...names],
    rows.map(({ what, measured, beside }) => [
      what,
      ...measured.map((each, index) => cell(each, beside[index])),
    ]),
  );
}

function cell({ rate, gcShare, resident }: Measured, beside: Measured | undefined): string {
  const share = Math.round((100 * rate) / (beside?.rate ?? rate));
  return `${formatCount(rate)} (${share} %), ${formatPercent(gcShare)}, ${Math.round(resident)}`;
}
