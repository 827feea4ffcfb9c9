import assert from 'node:assert/strict';
import type { Recycler } from '../../src/index.ts';

/** What holds at every moment, whatever was done to the recycler and whatever threw. */
export function assertRecyclerInvariants<T>(recycler: Recycler<T>, maxIdle = Infinity): void {
  const { gets, gives, makes, reuses, frees, lent, idle } = recycler.stats();
  const freed = Object.values(frees).reduce((sum, count) => sum + count, 0);
  assert.equal(makes, freed + lent.count + idle.count, 'makes = frees + held');
  assert.equal(gets, gives + lent.count, 'gets = gives + lent');
  assert.equal(gets, makes + reuses, 'gets = makes + reuses');
  assert.ok(lent.count >= 0, `lent ${lent.count} is not below 0`);
  assert.ok(idle.count <= maxIdle, `idle ${idle.count} is not above maxIdle ${maxIdle}`);
}
