import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { candidates } from '../src/candidates/all.ts';
import { isMeasuredIn, lendsBytes, openAnySize, openOneSize } from '../src/candidates/opening.ts';
import { overlap } from '../src/measure/workplace.ts';

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

    it('lends what the tables say: a view of its own, the store itself, or new memory', async () => {
      const pool = await openOneSize(candidate, 65_536);
      const first = await pool.get(65_536);
      assert.equal(first.length, 65_536);
      const memory = new Uint8Array(first.buffer, first.byteOffset, first.length);
      await pool.give(first);
      // Not everybody lends first what was given last.
      const next = [await pool.get(65_536), await pool.get(65_536), await pool.get(65_536)];
      const isView = next.some((each) => overlap(each, memory));
      const found = next.includes(first) ? 'store' : isView ? 'view' : 'new';
      // A guard that revokes takes the memory out of its array buffer and into another.
      const lends = /revoke/.test(candidate.name) ? 'new' : candidate.lends;
      assert.equal(found, lends);
    });

    if (isMeasuredIn(candidate, 'random') || isMeasuredIn(candidate, 'company'))
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

describe('the limits', () => {
  it('are candidates, and there is one for every candidate that has its own', () => {
    const names = new Set(candidates.map(({ name }) => name));
    for (const { limit } of candidates) assert.ok(limit === undefined || names.has(limit));
  });

  for (const name of ['list with view', 'list with view, resizable'])
    it(`${name}: a get makes a view of what was given last, and no more`, async () => {
      const candidate = candidates.find((each) => each.name === name);
      assert.ok(candidate);
      const pool = await openOneSize(candidate, 65_536);
      const [one, two] = [await pool.get(65_536), await pool.get(65_536)];
      await pool.give(one);
      await pool.give(two);
      const again = await pool.get(65_536);
      assert.ok(again !== two && overlap(again, two) && !overlap(again, one));
    });
});
