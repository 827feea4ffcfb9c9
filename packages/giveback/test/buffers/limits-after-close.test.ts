import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferRecycler } from '../../src/index.ts';
import { memories } from '../helpers/memories.ts';

for (const memory of memories)
  test(`${memory}: limits are those given at construction, also after close`, () => {
    const buffers = new BufferRecycler({ memory, maxBytes: 2 ** 20, maxIdleBytes: 2 ** 18 });
    const lent = buffers.get(1000);
    buffers.close();
    assert.equal(buffers.give(lent), false);
    const { maxBytes, maxIdleBytes, idle } = buffers.stats();
    assert.deepEqual([maxBytes, maxIdleBytes, idle.bytes], [2 ** 20, 2 ** 18, 0]);
  });
