import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../helpers/lab.ts';
import { bytesOf, EVERYTHING, plain, record } from '../../helpers/recording.ts';

const GIVEBACK = import.meta.resolve('giveback');

for (const memory of ['fixed', 'elastic'])
  test(`a program that recycles with ${memory} works as without, and allocates little`, async () => {
    const file = join(temporaryFolder(), 'a.mjs');
    writeFileSync(
      file,
      `import { BufferRecycler } from ${JSON.stringify(GIVEBACK)};
       const recycler = new BufferRecycler({ memory: '${memory}' });
       const seen = [];
       for (let turn = 0; turn < 200; turn++) {
         const buffer = recycler.get(1e5 + turn);
         buffer.fill(turn);
         if (turn === 0) seen.push(buffer instanceof Buffer, Buffer.isBuffer(buffer), buffer.constructor === Buffer,
           buffer.map((x) => x).length, buffer.slice(1).length, Buffer.from(buffer).length, buffer.subarray(5).length);
         if (turn % 50 === 7) { const grown = recycler.resize?.(buffer, 2e5) ?? buffer; recycler.give(grown); continue; }
         recycler.give(buffer);
         if (turn === 9) try { recycler.give(buffer); } catch (error) { seen.push(error.code, error.message); }
       }
       const { heldBytes, lentBytes, idleBytes } = recycler.stats();
       console.log(JSON.stringify([seen, lentBytes, heldBytes, idleBytes]));`,
    );
    const [without, within] = await Promise.all([
      plain([file]),
      record([file], { settings: { ...EVERYTHING, looks: 0.05 } }),
    ]);
    assert.equal(within.stderr, without.stderr);
    assert.equal(within.code, 0);
    assert.equal(within.stdout, without.stdout);
    // Not 200 times 100 kB: some buffers, and three copies of one.
    const bytes = bytesOf(within.trace);
    assert.ok(bytes > 1e5 && bytes < 2e6, `${bytes}`);
  });
