import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler } from '../../src/index.ts';
import { memories } from '../helpers/memories.ts';

const MiB = 1024 * 1024;
const SIZE = 4 * MiB;
const COUNT = 128;

// Ordinary memory is returned so fast that one slice may be enough for all of it.

/**
 * Waits until all is returned.
 *
 * @returns in how many turns of the event loop some of it was, and not all.
 */
async function turnsToReturn(buffers: BufferRecycler): Promise<number> {
  const seen = new Set<number>();
  for (;;) {
    const { idle, releasingBytes } = buffers.stats();
    const left = idle.bytes + releasingBytes;
    if (left === 0) return seen.size - 1;
    seen.add(left);
    await sleep(1);
  }
}

for (const memory of memories) {
  test(`${memory}: much that has aged is returned in slices`, { timeout: 60_000 }, async () => {
    const buffers = new BufferRecycler({ memory, idleTimeout: 1000, maxIdleBytes: Infinity });
    const lent = Array.from({ length: COUNT }, () => buffers.get(SIZE).fill(1));
    for (const buffer of lent) buffers.give(buffer);
    const turns = await turnsToReturn(buffers);
    if (memory === 'elastic') assert.ok(turns > 0, 'all in one turn');
    assert.equal(buffers.stats().frees.aged, COUNT);
  });

  test(`${memory}: much that is trimmed is returned in slices, after a rest`, {
    timeout: 60_000,
  }, async () => {
    const buffers = new BufferRecycler({ memory, maxIdleBytes: Infinity });
    const lent = Array.from({ length: COUNT }, () => buffers.get(SIZE).fill(1));
    for (const buffer of lent) buffers.give(buffer);
    buffers.trim();
    const turns = await turnsToReturn(buffers);
    if (memory === 'elastic') assert.ok(turns > 0, 'all in one turn');
  });
}
