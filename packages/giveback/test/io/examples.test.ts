import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BufferRecycler } from '../../src/index.ts';
import { needsPrograms } from '../helpers/needs-program.ts';
import { randomFrom } from '../helpers/random.ts';
import { isSoak } from '../helpers/soak.ts';
import { settled } from './helpers/adapters.ts';
import { start } from './helpers/sockets.ts';
import { inRandomChunks, patterned } from './helpers/streams.ts';

const MiB = 1024 * 1024;

/** What `examples/<name>` prints. */
function run(name: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const main = new URL(`../../../../../examples/${name}/main.js`, import.meta.url);
  return promisify(execFile)(process.execPath, [fileURLToPath(main), ...args]);
}

const digest = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

test('examples/upload-server saves what is uploaded, and holds no more than its limit', async () => {
  const { stdout } = await run('upload-server');
  assert.equal(stdout.match(/^4 files of \S+ MiB uploaded$/gm)?.length, 6);
  assert.match(stdout, /^the first one downloaded: 1048576 bytes\none that is not there: 404$/m);
  assert.match(stdout, / makes, 0 still lent$/m);
  const [, held] = /^at most (\d+) MiB held$/m.exec(stdout) ?? [];
  assert.ok(Number(held) <= 64, `${held} MiB held`);
});

test('examples/form-upload saves the files of forms, and holds no more than its limit', async () => {
  const { stdout } = await run('form-upload');
  assert.equal(stdout.match(/^4 forms with files of \S+ MiB: 4 right$/gm)?.length, 4);
  assert.match(stdout, /^one that is too large: 413$/m);
  assert.match(stdout, / makes, 0 still lent$/m);
  const [, held] = /^at most (\d+) MiB held$/m.exec(stdout) ?? [];
  assert.ok(Number(held) <= 64, `${held} MiB held`);
});

/** The server of that example in this process, with as much as `main.js` gives it. */
async function uploadServer(t: TestContext): Promise<{ port: number; buffers: BufferRecycler }> {
  const url = new URL('../../../../../examples/upload-server/server.js', import.meta.url);
  const { uploadServer: make } = await import(url.href);
  const folder = mkdtempSync(join(tmpdir(), 'giveback-uploads-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const buffers = new BufferRecycler({ memory: 'elastic', maxBytes: 64 * MiB });
  return { port: await start(t, make(folder, buffers)), buffers };
}

/** Uploads a body without saying how long it is. */
async function uploadChunked(port: number, body: Buffer, random: () => number): Promise<string> {
  const sending = request({ port, host: '127.0.0.1', method: 'POST', agent: false });
  // One that is refused is answered before all of it is sent, and cut off.
  pipeline(inRandomChunks(body, 256 * 1024, random), sending).catch(() => {});
  const [response] = await once(sending, 'response');
  return `${response.statusCode} ${await text(response)}`;
}

for (const [count, size] of [
  [2, 40],
  [5, 24],
] as const)
  test(`examples/upload-server: ${count} chunked bodies of ${size} MiB at once are all saved within 64 MiB`, async (t) => {
    const { port, buffers } = await uploadServer(t);
    const bodies = Array.from({ length: count }, (_, at) => Buffer.alloc(size * MiB, at + 1));
    for (let round = 0; round < (isSoak ? 20 : 1); round++) {
      const answers = await Promise.all(
        bodies.map((body, at) => uploadChunked(port, body, randomFrom(10 * round + at))),
      );
      assert.deepEqual(
        answers,
        bodies.map((body) => `201 ${digest(body)}`),
      );
    }
    const { timeouts, peak } = buffers.stats();
    assert.equal(timeouts, 0);
    assert.ok(peak.heldBytes <= 64 * MiB);
    await settled(buffers);
    assert.equal(buffers.stats().lent.count, 0);
  });

test('examples/upload-server: of two chunked bodies that take nearly all of it one is saved', async (t) => {
  const { port, buffers } = await uploadServer(t);
  const bodies = [1, 2].map((fill) => Buffer.alloc(63 * MiB, fill));
  const answers = await Promise.all(
    bodies.map((body, at) => uploadChunked(port, body, randomFrom(at))),
  );
  const saved = answers.filter((answer, at) => answer === `201 ${digest(bodies[at] as Buffer)}`);
  const refused = answers.filter((answer) => answer === '503 ');
  assert.ok(saved.length >= 1 && saved.length + refused.length === 2, `${answers}`);
  assert.equal(buffers.stats().timeouts, 0);
  await settled(buffers);
  assert.equal(buffers.stats().lent.count, 0);
});

for (const [size, parts] of [
  ['1', 1],
  ['57', 8],
] as const)
  test(`examples/multipart-relay relays ${size} MiB in ${parts} parts, and every byte arrives`, async () => {
    const { stdout } = await run('multipart-relay', size);
    assert.match(stdout, new RegExp(`^${size} MiB relayed in ${parts} parts, `));
    const [, sent] = /^sent {5}([0-9a-f]{64})$/m.exec(stdout) ?? [];
    assert.ok(stdout.includes(`\nrelayed  ${sent}\nstored   ${sent}\n`), stdout);
    const [, makes, lent] =
      /^(\d+) makes, at most (\d+) parts lent, 0 still lent$/m.exec(stdout) ?? [];
    assert.ok(Number(makes) <= 4 && Number(lent) <= 4, stdout);
  });

test('examples/s3-upload uploads a stream in parts, and the store has every byte', async () => {
  const { stdout } = await run('s3-upload', '22');
  assert.match(stdout, /^22 MiB in 5 parts, /);
  const [, sent] = /^sent {4}([0-9a-f]{64})$/m.exec(stdout) ?? [];
  assert.match(stdout, new RegExp(`^stored {2}${sent}$`, 'm'));
  assert.match(stdout, /^[1-4] makes, 0 still lent$/m);
});

test('examples/tcp-relay passes on every byte of every connection', async () => {
  const { stdout } = await run('tcp-relay', '4');
  assert.match(
    stdout,
    /^32 MiB there and back, \d+ MiB\/s\n8 of 8 connections got back what they sent\n/,
  );
  assert.match(stdout, / buffers, 0 still lent\n$/);
});

test('examples/hash-tree prints what sha256sum does', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'giveback-tree-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'b'));
  const files = { a: '', 'b/c': 'recycled', 'b/d': patterned(1_000_001), e: 'again' };
  let expected = '';
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), content);
    expected += `${digest(content)}  ${join(folder, name)}\n`;
  }
  const { stdout, stderr } = await run('hash-tree', folder);
  assert.equal(stdout, expected);
  assert.ok(stderr.startsWith(`4 files, 1000014 bytes; the whole: ${digest(expected)}\n`), stderr);
  assert.match(stderr, / buffers, 0 still lent\n$/);
});

test('examples/framed-echo: honest clients get back what they sent, beside hostile ones', async () => {
  const { stdout } = await run('framed-echo', '30');
  assert.match(stdout, /^30 of 30 clients got back what they sent\n60 of 60 attacks refused: /);
  for (const reason of ['ERR_GIVEBACK_FRAME', 'ERR_GIVEBACK_TOO_LARGE', 'too slow'])
    assert.ok(stdout.includes(reason), stdout);
  const [, held] = /^at most (\d+) MiB held, 0 still lent$/m.exec(stdout) ?? [];
  assert.ok(Number(held) <= 64, stdout);
});

test(
  'examples/redis-client: a real server answers a pipeline and large values',
  needsPrograms('redis-server'),
  async () => {
    const { stdout } = await run('redis-client');
    assert.match(stdout, /^10000 commands in one pipeline, in order$/m);
    assert.match(stdout, /^10 of 10 values of 8000000 bytes came back as they were sent$/m);
    assert.match(stdout, /^a list of 1000, its last: element 999$/m);
    assert.match(stdout, /^an error: ERR value is not an integer or out of range\nnothing: null$/m);
    assert.match(stdout, / gets, few makes, 0 still lent$/m);
  },
);

test('examples that want an argument say so', async () => {
  await assert.rejects(run('hash-tree'), { code: 2, stderr: /^Expected the name of a folder/ });
});
