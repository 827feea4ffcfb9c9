import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { memoryGroup } from '../helpers/cgroup.ts';

const MiB = 1024 * 1024;
const library = JSON.stringify(import.meta.resolve('../../src/index.js'));
/** What the program prints that runs in a cgroup with that limit; undefined, and skipped, if there can be none. */
function runWithin(t: TestContext, limit: number, program: string): string | undefined {
  const group = memoryGroup(t, limit);
  if (group === undefined) return undefined;
  const inside = `
    import { writeFileSync } from 'node:fs';
    writeFileSync(${JSON.stringify(group.joinFile)}, String(process.pid));
    import { BufferRecycler } from ${library};
    import { setTimeout as sleep } from 'node:timers/promises';
    const MiB = 1024 * 1024;
    ${program}`;
  return execFileSync(process.execPath, ['--input-type=module', '--eval', inside], {
    encoding: 'utf8',
  });
}

test('a memory limit that something else comes near frees what is idle', (t) => {
  const output = runWithin(
    t,
    300 * MiB,
    `const buffers = new BufferRecycler({ memory: 'elastic', maxIdleBytes: 2 ** 30 });
    const lent = Array.from({ length: 24 }, () => buffers.get(8 * MiB).fill(1));
    for (const buffer of lent) buffers.give(buffer);
    const ballast = Buffer.alloc(88 * MiB, 1);
    for (let looks = 0; looks < 100 && buffers.stats().idle.count > 0; looks++) await sleep(100);
    const { frees, idle } = buffers.stats();
    console.log(frees.pressure > 0, idle.count, ballast.length);`,
  );
  if (output !== undefined) assert.equal(output, `true 0 ${88 * MiB}\n`);
});

for (const [memory, idle] of [
  ['fixed', 128],
  ['elastic', 160],
] as const) {
  test(`${memory}: ${idle} MiB idle give way to a heap that grows by 30 MiB a second`, (t) => {
    const output = runWithin(
      t,
      256 * MiB,
      `const buffers = new BufferRecycler({ memory: '${memory}', maxIdleBytes: 2 ** 30 });
        const lent = Array.from({ length: ${idle / 4} }, () => buffers.get(4 * MiB).fill(1));
        for (const buffer of lent) buffers.give(buffer);
        // All in all more than the limit.
        const kept = [];
        while (kept.length * 6 < 96) {
          kept.push(Buffer.alloc(6 * MiB, 1));
          await sleep(200);
        }
        console.log(buffers.stats().frees.pressure > 0);`,
    );
    if (output !== undefined) assert.equal(output, 'true\n');
  });
}
