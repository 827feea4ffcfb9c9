import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferRecycler } from '../../src/index.ts';
import { collectUntil } from '../helpers/collect.ts';
import { memories } from '../helpers/memories.ts';

const MiB = 1024 * 1024;

for (const memory of memories)
  test(`${memory}: what is evicted and left to the collector is collected`, async () => {
    const buffers = new BufferRecycler({ memory, maxBytes: 6 * MiB });
    const before = process.memoryUsage().arrayBuffers;
    for (let turn = 0; turn < 20; turn++) {
      // It may have to wait until what was given before has rested.
      const given = await buffers.acquire((1 + (turn % 5)) * MiB, { timeout: 60_000 });
      buffers.give(given);
    }
    const grown = (): number => process.memoryUsage().arrayBuffers - before;
    // What is held, and what rests before it is released.
    await collectUntil(() => grown() <= 12 * MiB);
    assert.ok(grown() <= 12 * MiB, `${Math.round(grown() / MiB)} MiB`);
  });
