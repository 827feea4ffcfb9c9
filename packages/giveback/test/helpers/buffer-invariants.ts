import assert from 'node:assert/strict';
import type { BufferRecycler } from '../../src/index.ts';

/** What holds at every moment, whatever was done to the recycler and whatever threw. */
export function assertBufferInvariants(
  recycler: BufferRecycler,
  { maxBytes = Infinity, maxIdleBytes = Infinity } = {},
): void {
  const stats = recycler.stats();
  const { gets, gives, makes, reuses, discards, leaks, lent, idle, peak } = stats;
  const freed = Object.values(stats.frees).reduce((sum, count) => sum + count, 0);
  const said = JSON.stringify(stats);
  assert.equal(makes, freed + discards + leaks + lent.count + idle.count, `makes: ${said}`);
  assert.equal(gets, gives + discards + leaks + lent.count, `gets: ${said}`);
  assert.equal(gets, makes + reuses, `reuses: ${said}`);
  assert.ok(
    lent.bytes + idle.bytes + stats.releasingBytes <= maxBytes,
    `held and releasing are within maxBytes: ${said}`,
  );
  assert.ok(stats.releasingBytes >= 0 && stats.spareBytes >= 0, `bytes: ${said}`);
  assert.ok(stats.spareBytes <= lent.bytes + idle.bytes, `spare is a part of both: ${said}`);
  assert.ok(idle.bytes <= maxIdleBytes, `idle is within maxIdleBytes: ${said}`);
  assert.ok(
    lent.bytes <= peak.lentBytes && lent.bytes + idle.bytes <= peak.heldBytes,
    `peaks: ${said}`,
  );
  for (const { count, bytes } of [lent, idle]) {
    assert.ok(
      count >= 0 && bytes >= 0 && (count === 0) === (bytes === 0),
      `counts and bytes: ${said}`,
    );
  }
}
