import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { candidates } from '../src/candidates/all.ts';
import { lendsBytes, openAnySize, openOneSize } from '../src/candidates/opening.ts';

for (const candidate of candidates.filter(lendsBytes)) {
  describe(candidate.name, () => {
    it('lends bytes of one size, several at a time, each its own', async () => {
      const pool = await openOneSize(candidate, 65_536);
      const lent = [await pool.get(65_536), await pool.get(65_536)];
      for (const [index, bytes] of lent.entries()) bytes.fill(index + 1);
      assert.deepEqual(
        lent.map((bytes) => [bytes.length, bytes[0], bytes.at(-1)]),
        [
          [65_536, 1, 1],
          [65_536, 2, 2],
        ],
      );
      for (const bytes of lent) await pool.give(bytes);
    });

    it('lends bytes of exactly the size asked for, also again', async () => {
      const pool = await openAnySize(candidate);
      for (const size of [1024, 5000, 3000, 1_000_000, 5000]) {
        const bytes = await pool.get(size);
        assert.equal(bytes.length, size);
        await pool.give(bytes);
      }
    });
  });
}
