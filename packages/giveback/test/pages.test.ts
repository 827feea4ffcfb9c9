import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { BufferRecycler } from '../src/index.ts';
import { until } from './helpers/until.ts';
import { stayAlive } from './io/helpers/alive.ts';

// The program with which each page of docs begins.

stayAlive();

// Within the package, where `giveback` is found by its name.
const folder = join(dirname(fileURLToPath(import.meta.url)), 'pages');
mkdirSync(folder, { recursive: true });
const programs = mkdtempSync(join(folder, 'run-'));
after(() => rmSync(programs, { recursive: true }));

function write(page: string, ending = ''): [file: string, code: string] {
  const text = readFileSync(
    fileURLToPath(new URL(`../../../../docs/${page}.md`, import.meta.url)),
    'utf8',
  );
  const code = /^```js\n(.*?)^```$/ms.exec(text)?.[1];
  assert.ok(code, `docs/${page}.md has a program`);
  const file = join(programs, `${page}.mjs`);
  writeFileSync(file, `${code.replaceAll('8080', '0')}${ending}`);
  return [file, code];
}

async function serve(t: TestContext, page: string): Promise<[string, BufferRecycler]> {
  const [file] = write(page, 'export { buffers, server };\n');
  const { buffers, server } = (await import(pathToFileURL(file).href)) as {
    buffers: BufferRecycler;
    server: Server;
  };
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  if (!server.listening) await once(server, 'listening');
  return [`http://127.0.0.1:${(server.address() as AddressInfo).port}`, buffers];
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

test('bodies.md: a body is hashed, and one that is too large refused', async (t) => {
  const [url, buffers] = await serve(t, 'bodies');
  const answer = await fetch(url, { method: 'POST', body: 'giveback' });
  assert.equal(await answer.text(), sha256('giveback'));
  const large = await fetch(url, { method: 'POST', body: Buffer.alloc(17 * 1024 * 1024) });
  assert.equal(large.status, 413);
  await until(() => buffers.stats().lent.count === 0);
});

test('forms.md: fields and files are told, and a file that is too large refused', async (t) => {
  const [url, buffers] = await serve(t, 'forms');
  const body = new FormData();
  body.append('title', 'naïve');
  body.append('file', new Blob(['giveback']), 'ü.txt');
  const answer = await fetch(url, { method: 'POST', body });
  assert.equal(await answer.text(), `title: naïve\nü.txt: ${sha256('giveback')}`);
  body.append('file', new Blob([Buffer.alloc(10_000_001)]), 'large');
  assert.equal((await fetch(url, { method: 'POST', body })).status, 413);
  await until(() => buffers.stats().lent.count === 0);
});

for (const page of ['files', 'sockets', 'web-streams'])
  test(`${page}.md: it prints what it says`, async () => {
    const [file, code] = write(page);
    const says = /console\.log\(.*\/\/ (.*)$/m.exec(code)?.[1];
    const { stdout } = await promisify(execFile)(process.execPath, [file]);
    assert.equal(stdout, `${says}\n`);
  });

test('s3.md: it prints what it says', async () => {
  const [file] = write('s3');
  const page = readFileSync(
    fileURLToPath(new URL('../../../../docs/s3.md', import.meta.url)),
    'utf8',
  );
  const { stdout } = await promisify(execFile)(process.execPath, [file]);
  assert.equal(stdout, /It prints\n\n```\n(.*?)```/s.exec(page)?.[1]);
});
