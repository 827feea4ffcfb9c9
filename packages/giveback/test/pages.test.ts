import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BufferRecycler } from '../src/index.ts';
import { documentedIn } from './helpers/documented.ts';
import { EXPORTS, serveProgram } from './helpers/serve-program.ts';
import { until } from './helpers/until.ts';
import { stayAlive } from './io/helpers/alive.ts';

// The program with which each page of docs begins.

stayAlive();

function serve(t: TestContext, page: string): Promise<[url: string, buffers: BufferRecycler]> {
  return serveProgram(t, documentedIn(page).write(page, EXPORTS));
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

test('bodies.md: a body is hashed, and one that is too large refused', async (t) => {
  const [url, buffers] = await serve(t, 'bodies.md');
  const answer = await fetch(url, { method: 'POST', body: 'giveback' });
  assert.equal(await answer.text(), sha256('giveback'));
  const large = await fetch(url, { method: 'POST', body: Buffer.alloc(17 * 1024 * 1024) });
  assert.equal(large.status, 413);
  await until(() => buffers.stats().lent.count === 0);
});

test('forms.md: fields and files are told, and a file that is too large refused', async (t) => {
  const [url, buffers] = await serve(t, 'forms.md');
  const body = new FormData();
  body.append('title', 'naïve');
  body.append('file', new Blob(['giveback']), 'ü.txt');
  const answer = await fetch(url, { method: 'POST', body });
  assert.equal(await answer.text(), `title: naïve\nü.txt: ${sha256('giveback')}`);
  body.append('file', new Blob([Buffer.alloc(10_000_001)]), 'large');
  assert.equal((await fetch(url, { method: 'POST', body })).status, 413);
  await until(() => buffers.stats().lent.count === 0);
});

for (const page of ['files.md', 'sockets.md', 'web-streams.md'])
  test(`${page}: it prints what it says`, async () => {
    const { programs, write } = documentedIn(page);
    const says = /console\.log\(.*\/\/ (.*)$/m.exec(programs.get(page) ?? '')?.[1];
    const { stdout } = await promisify(execFile)(process.execPath, [write(page)]);
    assert.equal(stdout, `${says}\n`);
  });

test('s3.md: it prints what it says', async () => {
  const file = documentedIn('s3.md').write('Cut a stream into parts');
  const page = readFileSync(
    fileURLToPath(new URL('../../../../docs/s3.md', import.meta.url)),
    'utf8',
  );
  const { stdout } = await promisify(execFile)(process.execPath, [file]);
  assert.equal(stdout, /It prints\n\n```\n(.*?)```/s.exec(page)?.[1]);
});
