import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../helpers/lab.ts';
import { bytesByApi, bytesOf, record, SETTINGS } from '../../helpers/recording.ts';
import { noTruth, readTruth, truthEnvironment } from '../../helpers/truth.ts';

const HEAD = `import crypto from 'node:crypto'; import fs from 'node:fs'; import http from 'node:http'; import http2 from 'node:http2';
import zlib from 'node:zlib'; import { spawn } from 'node:child_process';
const listening = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
const file = new URL('./data', import.meta.url); fs.writeFileSync(file, Buffer.alloc(1e6, 3));
const times = async (n, act) => { for (let i = 0; i < n; i++) await act(i); };
`;

/** What is allocated by each, and the least share of it that is attributed. */
const FEATURES: Record<string, [code: string, least?: number]> = {
  'files at once': [
    `await times(5, () => fs.readFileSync(file)); await times(5, () => fs.promises.readFile(file)); await times(5, () => new Promise((r) => fs.readFile(file, r)))`,
  ],
  'files by streams': [
    `await times(5, async () => { for await (const chunk of fs.createReadStream(file)); })`,
  ],
  'blobs and responses': [
    `const blob = new Blob([Buffer.alloc(1e6)]); await times(5, () => blob.arrayBuffer()); await times(5, () => new Response('z'.repeat(1e6)).arrayBuffer())`,
    0.75,
  ],
  'an HTTP client': [
    `const server = http.createServer((q, r) => r.end(Buffer.alloc(1e6))); const port = await listening(server);
    await times(10, () => new Promise((r) => http.get({ port, host: '127.0.0.1' }, (a) => a.resume().on('end', r)))); server.closeAllConnections(); server.close()`,
  ],
  fetch: [
    `const server = http.createServer((q, r) => r.end(Buffer.alloc(1e6))); const port = await listening(server);
    await times(10, async () => (await fetch('http://127.0.0.1:' + port)).arrayBuffer()); server.closeAllConnections(); server.close()`,
  ],
  'HTTP/2': [
    `const server = http2.createServer((q, r) => q.resume().on('end', () => r.end('ok'))); const port = await listening(server); const client = http2.connect('http://127.0.0.1:' + port);
    await times(10, () => new Promise((r) => { const q = client.request({ ':method': 'POST' }); q.end(Buffer.alloc(1e6)); q.resume().on('end', r); })); client.close(); server.close()`,
    0.9,
  ],
  'output of a child': [
    `await times(5, async () => { for await (const chunk of spawn('cat', [file.pathname]).stdout); })`,
  ],
  compression: [
    `await times(5, (i) => zlib.gunzipSync(zlib.gzipSync(Buffer.alloc(1e6, i)))); await times(3, (i) => new Promise((r) => zlib.deflate(crypto.randomBytes(1e6), r)))`,
  ],
  ciphers: [
    `await times(5, () => { const c = crypto.createCipheriv('aes-256-gcm', Buffer.alloc(32), Buffer.alloc(12)); c.update(Buffer.alloc(1e6)); c.final(); })`,
    0.6,
  ],
  'text and clones': [
    `await times(5, () => new TextEncoder().encode('x'.repeat(1e6))); await times(5, () => structuredClone({ a: [new Uint8Array(1e6)] }))`,
    0.7,
  ],
  'text of every kind': [
    `const text = Buffer.alloc(1e6, 97); await times(5, () => { Buffer.from(text.toString('base64'), 'base64'); Buffer.from(text.toString('hex'), 'hex'); Buffer.from(text.toString()); })`,
  ],
};

for (const [name, [code, least = 0.95]] of Object.entries(FEATURES))
  test(`${name}: nearly all bytes are attributed, and none twice`, {
    skip: noTruth ?? false,
  }, async (t) => {
    const [zero, measured] = await Promise.all([compare(''), compare(code)]);
    const truth = measured.reached - zero.reached;
    const attributed = measured.attributed - zero.attributed;
    t.diagnostic(
      `${name}: ${(attributed / 1e6).toFixed(2)} of ${(truth / 1e6).toFixed(2)} MB ${measured.apis}`,
    );
    assert.ok(truth > 3e6);
    assert.ok(attributed / truth >= least);
    assert.ok(attributed / truth <= 1.03);
  });

async function compare(
  code: string,
): Promise<{ attributed: number; reached: number; apis: string }> {
  const folder = temporaryFolder();
  const file = join(folder, 'a.mjs');
  writeFileSync(file, `${HEAD}${code};\nprocess.exit(0);`);
  const env = truthEnvironment(process.execPath, folder);
  const {
    trace,
    stderr,
    code: exit,
  } = await record(['--no-warnings', file], { env, folder, settings: SETTINGS });
  assert.equal(exit, 0, stderr);
  const { reached } = readTruth(process.execPath, folder, trace.head.pid);
  return { attributed: bytesOf(trace), reached, apis: JSON.stringify(bytesByApi(trace)) };
}
