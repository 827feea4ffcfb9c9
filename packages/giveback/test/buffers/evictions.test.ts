import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferRecycler } from '../../src/index.ts';
import { assertBufferInvariants } from '../helpers/buffer-invariants.ts';
import { memories } from '../helpers/memories.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const SMALL = 8192;
/** Stores that one give evicts at most. */
const MOST = 128;

for (const memory of memories) {
  test(`${memory}: a large give evicts many small stores, but only some at a time`, () => {
    const maxIdleBytes = SMALL * KiB;
    const buffers = new BufferRecycler({ memory, maxIdleBytes });
    const small = Array.from({ length: SMALL }, () => buffers.get(KiB));
    for (const buffer of small) assert.ok(buffers.give(buffer));
    let gives = 0;
    for (let kept = false; !kept; gives++) {
      const { idle, frees } = buffers.stats();
      kept = buffers.give(buffers.get(4 * MiB));
      const after = buffers.stats();
      assert.ok(after.frees.evicted - frees.evicted <= MOST);
      assert.equal(after.frees.full - frees.full, kept ? 0 : 1);
      if (!kept) assert.ok(after.idle.count < idle.count);
      assertBufferInvariants(buffers, { maxIdleBytes });
    }
    assert.ok(gives <= SMALL / MOST, `${gives} gives`);
  });
}
