import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { isSoak } from '../helpers/soak.ts';

// What `maxBytes` promises is memory of the system, not a sum: the peak of the resident set is measured.
const program = fileURLToPath(import.meta.resolve('./programs/bounded-traffic.js'));
const seconds = isSoak ? 60 : 4;

describe('the process stays within `maxBytes`', {
  skip: process.platform !== 'linux',
  concurrency: true,
}, () => {
  // glibc keeps what was freed between blocks that are in use, unless blocks are mappings of their own. It
  // decides that by size, and stops once large ones have been freed, unless it is told a fixed limit.
  const mappings = { MALLOC_MMAP_THRESHOLD_: '65536' };
  const cases = [
    { name: 'elastic', memory: 'elastic', env: {}, most: 1.15 },
    { name: 'fixed, returned by the allocator', memory: 'fixed', env: mappings, most: 1.15 },
    { name: 'fixed, as the allocator pleases', memory: 'fixed', env: {}, most: 2 },
  ];
  for (const { name, memory, env, most } of cases) {
    test(name, async (t) => {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [program, memory, String(seconds)],
        { env: { ...process.env, ...env } },
      );
      t.diagnostic(stdout.trim());
      const { shares, waits } = JSON.parse(stdout);
      assert.ok(waits > 10, 'the budget was spent');
      const { bursts: share, 'small bursts': withSmall } = shares;
      assert.ok(share <= most, `${share} of maxBytes were resident`);
      assert.ok(withSmall <= most + 0.15, `${withSmall} of maxBytes, with buffers below 64 KiB`);
    });
  }
});
