import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { memories } from '../helpers/memories.ts';
import { isSoak } from '../helpers/soak.ts';

// Node pins no buffer during an operation. Who gives one back too early may read somebody else's bytes,
// but the process must not end: no page is taken from under what was given a moment ago.
const program = fileURLToPath(import.meta.resolve('./programs/early-gives.js'));
const count = isSoak ? 1000 : 80;
const operations = ['gzip', 'deflate', 'brotli', 'randomFill', 'scrypt'];
const tight = { maxBytes: 16 * 1024 * 1024, maxIdleBytes: 0 };

for (const memory of memories)
  for (const options of [{}, tight]) {
    const limits = options === tight ? ', with hardly any room' : '';
    test(`${memory}: native code at work on buffers that were given too early${limits}`, async () => {
      const args = [program, operations.join(), memory, String(count), JSON.stringify(options)];
      const { stdout } = await promisify(execFile)(process.execPath, args);
      assert.equal(stdout, `${operations.join('\n')}\n`);
    });
  }
