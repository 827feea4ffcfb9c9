import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { randomFrom } from '../helpers/random.ts';

const example = fileURLToPath(new URL('../../../../../examples/pack/main.js', import.meta.url));
const CHUNK = 1024 * 1024;

for (const size of [0, 1, 9.5 * CHUNK])
  test(`examples/pack packs a file of ${size} bytes, and it unpacks to the same`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'giveback-pack-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'file');
    // Half of it cannot be made smaller.
    const random = randomFrom(size);
    const content = Buffer.alloc(size, 'recycled ');
    for (let at = 0; at < size / 2; at++) content[at] = random() * 256;
    writeFileSync(file, content);
    const { stdout } = await promisify(execFile)(process.execPath, [example, file]);
    assert.ok(gunzipSync(readFileSync(`${file}.gz`)).equals(content));
    const digest = createHash('sha256');
    for (let at = 0; at === 0 || at < size; at += CHUNK)
      digest.update(
        createHash('sha256')
          .update(content.subarray(at, at + CHUNK))
          .digest(),
      );
    assert.match(stdout, new RegExp(`: ${digest.digest('hex')}\n$`));
    assert.match(stdout, /, 0 still lent\n/);
  });
