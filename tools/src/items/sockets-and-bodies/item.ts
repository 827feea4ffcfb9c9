import { answer, pathsOf, programBeside } from '../../child.ts';
import { replaceTable } from '../../document.ts';
import type { Item } from '../../evidence/item.ts';
import { formatCount, formatPercent, nodeName, table } from '../../markdown.ts';
import { median } from '../../median.ts';
import type { Body, MeasuredBodies } from './bodies.ts';
import type { MeasuredSocket } from './socket.ts';
import { WAYS } from './ways.ts';

const ROUNDS = 3;
/** The rate that the others are compared with. */
const ONE_BUFFER = 1;
const KiB = 1024;
const MiB = 1024 * KiB;

/** What one runtime takes. */
type Measured = MeasuredBodies & { readonly sockets: readonly MeasuredSocket[] };

/** What giveback/io costs beside Node's own ways. Each figure of sockets in a process of its own. */
export const socketsAndBodies: Item<readonly Measured[]> = {
  name: 'sockets-and-bodies',
  what: 'sockets and bodies, beside Node’s own ways',
  minutes: { full: 8 },

  async measure({ runtimes }) {
    const runs: Measured[] = [];
    for (const path of await pathsOf(runtimes.filter((name) => name.startsWith('node')))) {
      const sockets: MeasuredSocket[] = [];
      for (const way of Object.keys(WAYS)) sockets.push(await measureSockets(path, way));
      const bodies = await answer<MeasuredBodies>(path, [programBeside(import.meta.url, 'bodies')]);
      runs.push({ ...bodies, sockets });
    }
    return runs;
  },

  write(runs, { note }) {
    replaceTable('docs/frames.md', 'sockets', `${socketTable(runs)}\n\n${note()}`);
    replaceTable('docs/bodies.md', 'bodies', `${bodyTable(runs)}\n\n${note()}`);
  },
};

async function measureSockets(path: string, way: string): Promise<MeasuredSocket> {
  const program = programBeside(import.meta.url, 'socket');
  const rounds: MeasuredSocket[] = [];
  while (rounds.length < ROUNDS) rounds.push(await answer(path, [program, way]));
  // A young generation that takes it all: what is used in the end is what was allocated.
  const semiSpace = ['--max-semi-space-size=512', '--min-semi-space-size=512'];
  const { allocated } = await answer<MeasuredSocket>(path, [...semiSpace, program, way]);
  return { ...median(rounds, ({ rate }) => rate), allocated };
}

function socketTable(runs: readonly Measured[]): string {
  const names = runs.map(({ node }) => nodeName(node));
  return table(
    ['MB/s (of that of one buffer), in GC, bytes of heap a chunk', ...names],
    Object.keys(WAYS).map((way, index) => [
      way,
      ...runs.map(({ sockets }) => socketCell(sockets[index], sockets[ONE_BUFFER])),
    ]),
  );
}

function socketCell(measured?: MeasuredSocket, oneBuffer?: MeasuredSocket): string {
  if (measured === undefined || oneBuffer === undefined) return '';
  const { rate, gcShare, allocated } = measured;
  const share = Math.round((100 * rate) / oneBuffer.rate);
  return `${formatCount(rate)} (${share} %), ${formatPercent(gcShare)}, ${Math.max(0, Math.round(allocated))}`;
}

function bodyTable(runs: readonly Measured[]): string {
  const names = runs.map(({ node }) => nodeName(node));
  return table(
    ['copies a byte, most lent ÷ body, µs a MiB', ...names],
    (runs[0]?.bodies ?? []).map((body, index) => [
      describe(body),
      ...runs.map(({ bodies }) => {
        const { copies = 0, peak = 0, usPerMiB = 0 } = bodies[index] ?? {};
        return `${copies.toFixed(2)}, ${peak.toFixed(2)}, ${Math.round(usPerMiB)}`;
      }),
    ]),
  );
}

function describe({ memory, isKnown, length }: Body): string {
  const size = length < MiB ? `${length / KiB} KiB` : `${length / MiB} MiB`;
  return `${memory}, ${isKnown ? 'known' : 'unknown'} length, ${size}`;
}
