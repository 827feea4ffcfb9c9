import assert from 'node:assert/strict';
import type { SharedBufferRecycler } from '../../../src/threads/index.ts';

/** What holds whenever no other thread is at it. */
export function assertSharedInvariants(recycler: SharedBufferRecycler): void {
  const stats = recycler.stats();
  const { gets, reuses, makes, gives, discards, reclaims, lent, idle, blocks } = stats;
  assert.equal(makes, discards + lent.count + idle.count, 'makes = discards + held');
  assert.equal(gets, gives + discards + reclaims + lent.count, 'gets = gives + … + lent');
  assert.equal(gets, makes + reuses, 'gets = makes + reuses');
  assert.ok(makes <= blocks.count);
  for (const count of [gives, lent.count, idle.count, stats.waiting]) assert.ok(count >= 0);
}

/** Every block is idle, and can be got exactly once. */
export function assertAllIdle(recycler: SharedBufferRecycler): void {
  assertSharedInvariants(recycler);
  const { lent, blocks, discards } = recycler.stats();
  assert.equal(lent.count, 0);
  const buffers = Array.from({ length: blocks.count - discards }, () => recycler.get(1));
  assert.throws(() => recycler.get(1), { code: 'ERR_GIVEBACK_BUDGET' });
  const pages = new Set(buffers.map(({ byteOffset }) => byteOffset));
  assert.equal(pages.size, buffers.length);
  for (const buffer of buffers) recycler.give(buffer);
}
