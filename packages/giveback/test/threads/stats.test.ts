import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedBufferRecycler } from '../../src/threads/index.ts';
import { LINE_LONGS, MOVES } from '../../src/threads/memory/layout.ts';
import { statsOf } from '../../src/threads/stats.ts';
import { assertSharedInvariants } from './helpers/shared-invariants.ts';
import { makeMemory, SimulatedThread } from './helpers/simulated.ts';

const GETS_BEFORE = 2n ** 33n + 2n ** 19n - 4n;

test('counts are right beyond 32 bits, and where a half of the number carries into the other', () => {
  const memory = makeMemory(2);
  const { table } = memory.layout;
  // As if the first block had been lent and given so often: two transfers each.
  memory.longs[table / 2] = (2n * GETS_BEFORE) << 12n;
  const thread = new SimulatedThread(memory, 7);
  for (let round = 1; round <= 10; round++) {
    const buffer = thread.take();
    assert.ok(buffer);
    const gets = Number(GETS_BEFORE) + round;
    assert.equal(statsOf(memory, 'simulated').gets, gets);
    assert.equal(statsOf(memory, 'simulated').lent.count, 1);
    const resized = thread.resize(buffer, 8 + round);
    assert.ok(resized);
    assert.equal(statsOf(memory, 'simulated').gets, gets, 'a move is no get');
    assert.ok(thread.give(resized));
    assert.equal(statsOf(memory, 'simulated').gives, gets);
  }
  assert.equal(memory.floats[table / 2 + MOVES], 10);
  assert.equal(memory.longs[table / 2 + LINE_LONGS], 0n, 'the other one was never lent');
});

test('100,000 blocks are counted in a few milliseconds, lent or idle', () => {
  const recycler = new SharedBufferRecycler({ blockSize: 8, blocks: 100_000 });
  const quickest = (): number => {
    let least = Infinity;
    for (let look = 0; look < 20; look++) {
      const start = performance.now();
      recycler.stats();
      least = Math.min(least, performance.now() - start);
    }
    return least;
  };
  const buffers = Array.from({ length: 100_000 }, () => recycler.get(8));
  assert.equal(recycler.stats().lent.count, 100_000);
  assert.ok(quickest() < 4, `${quickest()} ms`);
  for (const buffer of buffers) recycler.give(buffer);
  assert.equal(recycler.stats().idle.count, 100_000);
  assert.ok(quickest() < 4, `${quickest()} ms`);
  assertSharedInvariants(recycler);
});
