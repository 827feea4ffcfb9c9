import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { patterned } from './helpers/streams.ts';

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

for (const [size, parts] of [
  ['1', 1],
  ['24', 3],
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

test('examples that want an argument say so', async () => {
  await assert.rejects(run('hash-tree'), { code: 2, stderr: /^Expected the name of a folder/ });
});
