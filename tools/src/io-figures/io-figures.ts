// Measures what giveback/io costs beside Node's own ways, and writes the tables `sockets` and `bodies` of
// docs/io.md: `npm run io-figures`. Each figure of sockets in a process of its own, medians of several rounds.
import { answer, median, pathsOf, programBeside } from '../child.ts';
import { replaceTable } from '../document.ts';
import { formatCount, formatPercent, measuredBy, nodeName, table } from '../markdown.ts';
import type { Body, MeasuredBodies } from './bodies.ts';
import type { MeasuredSocket } from './socket.ts';
import { WAYS } from './ways.ts';

const RUNTIMES = ['node@20', 'node@22', 'node@24', 'node@26'];
const ROUNDS = 3;
/** The rate that the others are compared with. */
const ONE_BUFFER = 1;
const KiB = 1024;
const MiB = 1024 * KiB;

const runs: (MeasuredBodies & { sockets: MeasuredSocket[] })[] = [];
for (const path of await pathsOf(RUNTIMES)) {
  const sockets: MeasuredSocket[] = [];
  for (const way of Object.keys(WAYS)) sockets.push(await measureSockets(path, way));
  const bodies = await answer<MeasuredBodies>(path, [programBeside(import.meta.url, 'bodies')]);
  runs.push({ ...bodies, sockets });
}
const names = runs.map(({ node }) => nodeName(node));
const note = measuredBy('npm run io-figures');

replaceTable('docs/io.md', 'sockets', `${socketTable()}\n\n${note}`);
replaceTable('docs/io.md', 'bodies', `${bodyTable()}\n\n${note}`);
console.error('Wrote the tables of sockets and bodies into docs/io.md.');

async function measureSockets(path: string, way: string): Promise<MeasuredSocket> {
  const program = programBeside(import.meta.url, 'socket');
  const rounds: MeasuredSocket[] = [];
  while (rounds.length < ROUNDS) rounds.push(await answer(path, [program, way]));
  // A young generation that takes it all: what is used in the end is what was allocated.
  const semiSpace = ['--max-semi-space-size=512', '--min-semi-space-size=512'];
  const { allocated } = await answer<MeasuredSocket>(path, [...semiSpace, program, way]);
  return { ...median(rounds, ({ rate }) => rate), allocated };
}

function socketTable(): string {
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

function bodyTable(): string {
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
