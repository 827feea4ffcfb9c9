import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { BufferRecycler } from '../../src/index.ts';
import { assertBufferInvariants } from '../helpers/buffer-invariants.ts';
import { collectUntil } from '../helpers/collect.ts';

const COUNT = 100_000;
/** Leaks counted in one turn of the event loop at most: a few registries' worth. */
const MOST = 25_000;

test('100,000 leaks that are collected at once are not counted in one go', async (t) => {
  const buffers = new BufferRecycler({ sampleStacks: 0 });
  for (let count = 0; count < COUNT; count++) buffers.get(100);
  let isOver = false;
  let most = 0;
  const watching = (async () => {
    for (let before = 0; !isOver; ) {
      await turn();
      const { leaks } = buffers.stats();
      most = Math.max(most, leaks - before);
      before = leaks;
    }
  })();
  await collectUntil(() => buffers.stats().leaks >= COUNT - 1);
  isOver = true;
  await watching;
  t.diagnostic(`${most} in one turn`);
  assert.ok(most <= MOST, `${most} in one turn`);
  assertBufferInvariants(buffers);
});

test('a store whose registry was followed by others is watched still', async () => {
  const buffers = new BufferRecycler({ guard: 'revoke', sampleStacks: 0 });
  const kept = buffers.get(1000);
  let dropped: unknown = buffers.get(1000);
  // Each give renews the bytes, which are registered anew.
  for (let count = 0; count < 10_000; count++) buffers.give(buffers.get(1000));
  assert.ok(dropped);
  dropped = undefined;
  await collectUntil(() => buffers.stats().leaks === 1);
  assert.equal(buffers.stats().leaks, 1);
  buffers.give(kept);
  assertBufferInvariants(buffers);
});
