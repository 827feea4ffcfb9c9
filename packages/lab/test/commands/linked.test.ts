import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const home = new URL('../../../', import.meta.url);
const posix = { skip: process.platform === 'win32' };

test(
  'the command is no compiled file, which would be missing when npm links it, and runs by itself',
  posix,
  async () => {
    const { bin, version } = JSON.parse(readFileSync(new URL('package.json', home), 'utf8'));
    const command = bin['giveback-lab'] as string;
    assert.doesNotMatch(command, /dist/);
    const { stdout } = await promisify(execFile)(fileURLToPath(new URL(command, home)), [
      '--version',
    ]);
    assert.equal(stdout.trim(), version);
  },
);
