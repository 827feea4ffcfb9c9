// Measures what work on an elastic buffer costs beside the same on a fixed one, tries which platform APIs
// take it, and writes both tables to docs/memories.md: `npm run memories`. Each runtime in its own process.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { BufferRecycler } from '../packages/giveback/dist/src/index.js';

const SIZE = 4 * 1024 * 1024;
const RUNTIMES = ['node@20', 'node@22', 'node@24', 'node@26'];
const page = fileURLToPath(new URL('../docs/memories.md', import.meta.url));

if (process.argv[2] === 'measure') console.log(JSON.stringify(await measure()));
else writePage(RUNTIMES.map(measureOn));

function measureOn(runtime) {
  const where = spawnSync('npx', ['-y', runtime, '-p', 'process.execPath'], { encoding: 'utf8' });
  const command = where.stdout.trim();
  const run = spawnSync(command, [fileURLToPath(import.meta.url), 'measure'], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`${runtime}: ${run.stderr}`);
  return JSON.parse(run.stdout);
}

async function measure() {
  const fixed = new BufferRecycler({ memory: 'fixed' }).get(SIZE);
  const elastic = new BufferRecycler({ memory: 'elastic' }).get(SIZE);
  for (const buffer of [fixed, elastic]) buffer.fill('giveback ');
  const folder = mkdtempSync(join(tmpdir(), 'giveback-memories-'));
  writeFileSync(join(folder, 'file'), fixed);
  const file = openSync(join(folder, 'file'));
  const work = {
    'read every byte in JavaScript': loopOver('sum += buffer[i]'),
    'write every byte in JavaScript': loopOver('buffer[i] = i'),
    '`readUInt32LE`, every 4 bytes': loopOver('sum += buffer.readUInt32LE(i); i += 3'),
    '`fill`': (buffer) => buffer.fill(7),
    '`copy` to another buffer': (buffer) => buffer.copy(target),
    '`indexOf` a byte that is not there': (buffer) => buffer.indexOf(255),
    "`toString('latin1')`": (buffer) => buffer.latin1Slice(0, buffer.length),
    'SHA-256': (buffer) => createHash('sha256').update(buffer).digest(),
    gzip: (buffer) => gzipSync(buffer, { level: 1 }),
    '`fs.readSync`': (buffer) => readSync(file, buffer, 0, buffer.length, 0),
  };
  const target = Buffer.allocUnsafeSlow(SIZE);
  const times = Object.entries(work).map(([name, run]) => [name, ...time(run, fixed, elastic)]);
  closeSync(file);
  rmSync(folder, { recursive: true });
  return { node: process.version, times, refused: await refusals(elastic) };
}

// A function of its own for each memory: one loop that sees both would be as slow as the slower.
function loopOver(body) {
  const make = () =>
    new Function(
      'buffer',
      `let sum = 0; for (let i = 0; i < buffer.length - 3; i++) { ${body}; } return sum;`,
    );
  const loops = new Map();
  return (buffer) => {
    if (!loops.has(buffer)) loops.set(buffer, make());
    return loops.get(buffer)(buffer);
  };
}

/** The medians of several runs for each buffer in turn, in nanoseconds a KiB. */
function time(run, ...buffers) {
  const samples = buffers.map(() => []);
  for (let i = 0; i < 15; i++) {
    for (const [which, buffer] of buffers.entries()) {
      const start = process.hrtime.bigint();
      run(buffer);
      samples[which].push(Number(process.hrtime.bigint() - start));
    }
  }
  return samples.map((each) => each.sort((a, b) => a - b)[7] / (SIZE / 1024));
}

async function refusals(buffer) {
  const small = buffer.subarray(0, 1000);
  const server = createServer((request, response) =>
    request.resume().on('end', () => response.end()),
  );
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  const apis = {
    '`fetch` body': async () => (await fetch(url, { method: 'POST', body: small })).text(),
    '`new Response`': async () => new Response(small).arrayBuffer(),
    '`new Blob`': () => new Blob([small]).arrayBuffer(),
    '`TextDecoder`': () => new TextDecoder().decode(small),
    'WebCrypto digest': () => crypto.subtle.digest('SHA-256', small),
    '`CompressionStream`': async () => {
      const stream = new CompressionStream('gzip');
      const writer = stream.writable.getWriter();
      const done = Promise.all([writer.write(small), writer.close()]);
      for await (const _ of stream.readable);
      await done;
    },
    '`structuredClone`': () => structuredClone(small),
  };
  const refused = [];
  for (const [name, call] of Object.entries(apis)) {
    try {
      await call();
    } catch {
      refused.push(name);
    }
  }
  server.close();
  server.closeAllConnections();
  return refused;
}

function writePage(runs) {
  const names = runs[0].times.map(([name]) => name);
  const versions = runs.map(({ node }) => node.replace('v', 'Node '));
  const row = (name) =>
    `| ${name} | ${runs
      .map(({ times }) => {
        const [, fixed, elastic] = times.find(([each]) => each === name);
        return `${fixed.toFixed(0)} / ${elastic.toFixed(0)} (${(elastic / fixed).toFixed(1)}×)`;
      })
      .join(' | ')} |`;
  const refused = runs.map(
    ({ refused }, i) => `* ${versions[i]}: ${refused.length === 0 ? 'none' : refused.join(', ')}`,
  );
  writeFileSync(
    page,
    `# Fixed and elastic memory

What work on a buffer of ${SIZE / 1024 ** 2} MiB costs, in nanoseconds a KiB: fixed / elastic, and how many times more the
elastic one takes. Medians of 15; measured by \`npm run memories\` on ${new Date().toISOString().slice(0, 10)}, ${cpus()[0].model}.

| work | ${versions.join(' | ')} |
|---|${versions.map(() => '---').join('|')}|
${names.map(row).join('\n')}

Work that native code does costs the same. JavaScript that touches single bytes pays, as it must ask on each
access whether the buffer has been resized.

## Which platform APIs refuse an elastic buffer

Of \`fetch\` bodies, \`Response\`, \`Blob\`, \`TextDecoder\`, WebCrypto, \`CompressionStream\` and \`structuredClone\`:

${refused.join('\n')}

## What an elastic store costs

It reserves address space for \`maxBufferSize\` bytes, so that any idle store can grow to serve any size. That
takes addresses, of which a process has 128 TiB, and no memory: what is committed is what it holds, by the
page. It also takes two of the mappings that Linux allows a process (65,530 unless told otherwise), and V8 ends
the process when it gets none for its own heap. So at most 8,192 stores of a thread are elastic, and further
ones are fixed; small ones are fixed in any case.

Under a limit on address space (\`ulimit -v\`) set \`maxBufferSize\` no higher than you need.
`,
  );
}
