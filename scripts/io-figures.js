// Measures what giveback/io costs beside Node's own way, and writes the tables of docs/io.md:
// `npm run io-figures`. Each figure of sockets in a process of its own, the medians of several rounds.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { cpus } from 'node:os';
import { PerformanceObserver } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { BufferRecycler } from '../packages/giveback/dist/src/index.js';
import { onread, readBody } from '../packages/giveback/dist/src/io/index.js';

const KiB = 1024;
const MiB = 1024 * KiB;
const RUNTIMES = ['node@20', 'node@22', 'node@24', 'node@26'];
const ROUNDS = 3;
/** Bytes that a socket takes before the clock starts, and then. */
const WARM_UP = 512 * MiB;
const TAKEN = 4096 * MiB;
const self = fileURLToPath(import.meta.url);
const page = fileURLToPath(new URL('../docs/io.md', import.meta.url));

/** How a socket's bytes are taken: each gets a way to make a client's socket, and a `take(bytes)`. */
const ways = {
  "`'data'` events": (port, take) => connect(port, '127.0.0.1').on('data', (chunk) => take(chunk)),
  "Node's `onread`, one buffer": (port, take) =>
    connect({
      port,
      host: '127.0.0.1',
      onread: {
        buffer: Buffer.allocUnsafeSlow(64 * KiB),
        callback: (bytes, buffer) => take(buffer, bytes) !== false,
      },
    }),
  '`onread(buffers, …)`, fixed': (port, take) => recycled(port, take, 'fixed'),
  '`onread(buffers, …)`, elastic': (port, take) => recycled(port, take, 'elastic'),
};

if (!isMainThread) sendForever();
else if (process.argv[2] === 'socket') await measureSocket(process.argv[3]);
else if (process.argv[2] === 'bodies') await measureBodies();
else writePage(RUNTIMES.map(measureOn));

function recycled(port, take, memory) {
  const buffers = new BufferRecycler({ memory });
  const incoming = onread(buffers, (chunk) => {
    take(chunk);
    buffers.give(chunk);
  });
  return incoming.attach(connect({ port, host: '127.0.0.1', onread: incoming }));
}

function measureOn(runtime) {
  const where = spawnSync('npx', ['-y', runtime, '-p', 'process.execPath'], { encoding: 'utf8' });
  const command = where.stdout.trim();
  const run = (...args) => {
    const child = spawnSync(command, args, { encoding: 'utf8' });
    if (child.status !== 0) throw new Error(`${runtime}: ${child.stderr}`);
    return JSON.parse(child.stdout);
  };
  const sockets = Object.keys(ways).map((way) => {
    const rounds = Array.from({ length: ROUNDS }, () => run(self, 'socket', way));
    // A young generation that takes it all: what is used in the end is what was allocated.
    const { allocated } = run(
      '--max-semi-space-size=512',
      '--min-semi-space-size=512',
      self,
      'socket',
      way,
    );
    rounds.sort((a, b) => a.rate - b.rate);
    return { way, ...rounds[(ROUNDS - 1) / 2], allocated };
  });
  return { ...run(self, 'bodies'), sockets };
}

/** In a thread of its own: to everyone that connects. */
function sendForever() {
  const block = Buffer.alloc(MiB, 'giveback ');
  const server = createServer((socket) => {
    const send = () => {
      while (socket.write(block));
    };
    socket.on('drain', send).on('error', () => {});
    send();
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
}

async function measureSocket(way) {
  let gcMs = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) gcMs += duration;
  }).observe({ entryTypes: ['gc'] });
  const sender = new Worker(self);
  const port = await new Promise((resolve) => sender.once('message', resolve));
  let taken = 0;
  let chunks = 0;
  let began;
  await new Promise((resolve) => {
    const take = (chunk, bytes = chunk.length) => {
      taken += bytes;
      chunks++;
      if (began === undefined && taken >= WARM_UP) {
        began = { at: performance.now(), taken, chunks, used: process.memoryUsage().heapUsed };
        gcMs = 0;
      }
      if (taken < WARM_UP + TAKEN) return;
      resolve();
      return false;
    };
    ways[way](port, take);
  });
  const ms = performance.now() - began.at;
  const used = process.memoryUsage().heapUsed - began.used;
  // What is collected last is told in a later turn.
  await new Promise((resolve) => setTimeout(resolve, 20));
  const rate = (taken - began.taken) / 1e3 / ms;
  const allocated = used / (chunks - began.chunks);
  console.log(JSON.stringify({ rate, gcShare: gcMs / ms, allocated }));
  process.exit();
}

async function measureBodies() {
  const bodies = [];
  // So that what comes first is not measured while it is compiled.
  await measureBody('fixed', true, MiB);
  for (const memory of ['fixed', 'elastic'])
    for (const known of [true, false])
      for (const length of [64 * KiB, MiB, 8 * MiB, 63 * MiB])
        bodies.push({ memory, known, length, ...(await measureBody(memory, known, length)) });
  console.log(JSON.stringify({ node: process.version, bodies }));
}

/** Medians over several bodies, with a recycler that has seen some; the peak of one that has not. */
async function measureBody(memory, known, length) {
  const content = Buffer.alloc(length, 'giveback ');
  const size = known ? length : undefined;
  const read = async (buffers) => {
    const source = Readable.from(randomChunks(content), { objectMode: false });
    const began = performance.now();
    const body = await readBody(source, buffers, { expectedLength: size });
    const ms = performance.now() - began;
    buffers.give(body);
    return ms;
  };
  const fresh = new BufferRecycler({ memory });
  const copied = await countCopied(() => read(fresh));
  const { peak } = fresh.stats();
  const buffers = new BufferRecycler({ memory, maxIdleBytes: 256 * MiB });
  const times = [];
  for (let round = 0; round < 9; round++) times.push(await read(buffers));
  times.sort((a, b) => a - b);
  return {
    usPerMiB: (times[4] * 1e3) / (length / MiB),
    copies: copied / length,
    peak: peak.lentBytes / length,
  };
}

/** Seeded: the same chunks each time. */
function* randomChunks(content) {
  let state = 7;
  for (let from = 0; from < content.length; ) {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    const to = from + 1 + (state % (128 * KiB));
    yield content.subarray(from, to);
    from = to;
  }
}

/** Bytes that are written to buffers by `set` and `copy` while `run` runs. */
async function countCopied(run) {
  const { set } = Uint8Array.prototype;
  const { copy } = Buffer.prototype;
  let copied = 0;
  Uint8Array.prototype.set = function (source, offset) {
    copied += source.length;
    return set.call(this, source, offset);
  };
  Buffer.prototype.copy = function (...args) {
    const bytes = copy.apply(this, args);
    copied += bytes;
    return bytes;
  };
  try {
    await run();
  } finally {
    Uint8Array.prototype.set = set;
    Buffer.prototype.copy = copy;
  }
  return copied;
}

function writePage(runs) {
  const table = (head, rows) =>
    [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
  const names = runs.map(({ node }) => node.replace('v', 'Node '));
  const sockets = table(
    ['MB/s (of that of one buffer), in GC, bytes of heap a chunk', ...names],
    Object.keys(ways).map((way, index) => [
      way,
      ...runs.map((run) => {
        const { rate, gcShare, allocated } = run.sockets[index];
        const share = Math.round((100 * rate) / run.sockets[1].rate);
        return `${Math.round(rate).toLocaleString('en')} (${share} %), ${(100 * gcShare).toFixed(1)} %, ${Math.max(0, Math.round(allocated))}`;
      }),
    ]),
  );
  const bodies = table(
    ['copies a byte, most lent ÷ body, µs a MiB', ...names],
    runs[0].bodies.map(({ memory, known, length }, index) => [
      `${memory}, ${known ? 'known' : 'unknown'} length, ${length < MiB ? `${length / KiB} KiB` : `${length / MiB} MiB`}`,
      ...runs.map((run) => {
        const { copies, peak, usPerMiB } = run.bodies[index];
        return `${copies.toFixed(2)}, ${peak.toFixed(2)}, ${Math.round(usPerMiB)}`;
      }),
    ]),
  );
  const parts = readFileSync(page, 'utf8').split(/(?<=<!-- figures -->\n)|(?=<!-- \/figures -->)/);
  const when = `Measured on ${new Date().toISOString().slice(0, 10)} by \`npm run io-figures\`, on ${cpus().length} cores of an ${cpus()[0].model}.`;
  writeFileSync(page, `${parts[0]}\n${when}\n\n${sockets}\n\n${bodies}\n\n${parts.at(-1)}`);
}
