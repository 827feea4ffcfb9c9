import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler } from '../../src/index.ts';
import { memories } from '../helpers/memories.ts';

const MiB = 1024 * 1024;
const idleTimeout = 1000;
const SIZE = 4 * MiB;

/** The longest that the event loop was blocked while this waited. */
async function longestPause(ms: number): Promise<number> {
  const end = performance.now() + ms;
  let longest = 0;
  for (let last = performance.now(); last < end; ) {
    await sleep(1);
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }
  return longest;
}

for (const memory of memories) {
  test(`${memory}: a gigabyte that has aged is returned in slices, one soon after the other`, async (t) => {
    const buffers = new BufferRecycler({ memory, idleTimeout, maxIdleBytes: Infinity });
    const lent = Array.from({ length: 256 }, () => buffers.get(SIZE).fill(1));
    for (const buffer of lent) buffers.give(buffer);
    const pause = await longestPause(1.25 * idleTimeout + 750);
    t.diagnostic(`the longest pause was ${pause.toFixed(1)} ms`);
    const { idle, releasingBytes } = buffers.stats();
    assert.equal(idle.count, 0);
    assert.equal(releasingBytes, 0);
  });

  test(`${memory}: what is trimmed at once is returned in slices, after a rest`, async (t) => {
    const buffers = new BufferRecycler({ memory, maxIdleBytes: Infinity });
    const lent = Array.from({ length: 256 }, () => buffers.get(SIZE).fill(1));
    for (const buffer of lent) buffers.give(buffer);
    buffers.trim();
    const pause = await longestPause(1250);
    t.diagnostic(`the longest pause was ${pause.toFixed(1)} ms`);
    assert.equal(buffers.stats().releasingBytes, 0);
  });
}
