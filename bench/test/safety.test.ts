import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { candidateNamed } from '../src/candidates/all.ts';
import { isHarm, type Misuse, misuses, TOUCHES } from '../src/measure/misuses.ts';
import { type Outcomes, tryAtRandom, tryOnce } from '../src/measure/safety.ts';

/** What harmed somebody, and the harm. */
function harmsIn(outcomes: Outcomes): string[] {
  return Object.entries(outcomes).flatMap(([misuse, counts]) =>
    Object.keys(counts)
      .filter(isHarm)
      .map((outcome) => `${misuse}: ${outcome}`),
  );
}

function countIn(outcomes: Outcomes): number {
  return Object.values(outcomes)
    .flatMap((counts) => Object.values(counts))
    .reduce((sum, count) => sum + count, 0);
}

const COUNT = 1000;

describe('misuse', () => {
  for (const name of ['giveback fixed', 'giveback elastic', 'giveback fixed, wipe'])
    it(`${name}: all is refused but reads and writes after a give`, async () => {
      const outcomes = await tryAtRandom(candidateNamed(name), COUNT);
      assert.equal(countIn(outcomes), COUNT);
      assert.deepEqual(Object.keys(outcomes).sort(), Object.keys(misuses).sort());
      assert.deepEqual(harmsIn(outcomes).sort(), [
        'read after give: reads somebody else’s bytes',
        'write after give: writes to somebody else’s bytes',
      ]);
      const refused = Object.entries(outcomes).filter(
        ([misuse]) =>
          !TOUCHES.includes(misuse as Misuse) && misuse !== 'late end of a `using` block',
      );
      for (const [misuse, counts] of refused)
        for (const outcome of Object.keys(counts))
          assert.match(outcome, /^throws ERR_GIVEBACK_(NOT_LEASED|FOREIGN)$/, misuse);
      assert.deepEqual(Object.keys(outcomes['late end of a `using` block'] ?? {}), ['ignores']);
    });

  for (const name of ['giveback fixed, revoke', 'giveback elastic, revoke'])
    it(`${name}: nobody comes to harm`, async () => {
      assert.deepEqual(harmsIn(await tryAtRandom(candidateNamed(name), COUNT)), []);
    });

  it('of a bare list harms somebody, so that a trial can fail', async () => {
    const found = await tryOnce(candidateNamed('bare list'), 'double give');
    assert.deepEqual(found, { 'double give': { 'lends one buffer to two': 1 } });
    const foreign = await tryOnce(candidateNamed('bare list'), 'give of what was never lent');
    assert.deepEqual(foreign, { 'give of what was never lent': { 'lends it to the next': 1 } });
  });
});
