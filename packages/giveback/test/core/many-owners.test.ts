import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler, Recycler } from '../../src/index.ts';
import { isSoak } from '../helpers/soak.ts';

for (const [kind, make] of [
  ['Recycler', () => new Recycler({ make: () => ({}) })],
  ['BufferRecycler', () => new BufferRecycler()],
] as const) {
  test(`10,000 idle ones of ${kind} take little time`, { timeout: 60_000 }, async (t) => {
    const recyclers = Array.from({ length: 10_000 }, () => {
      const recycler = make();
      const lent = (recycler as BufferRecycler).get(1000);
      (recycler as BufferRecycler).give(lent);
      return recycler;
    });
    // The first ticks are those of the gives, and with them comes the collection of what was made.
    await sleep(1500);
    // With a timeout of a minute each is swept once in 12 s.
    const seconds = isSoak ? 24 : 2;
    const before = process.cpuUsage();
    await sleep(seconds * 1000);
    const { user, system } = process.cpuUsage(before);
    const share = (user + system) / (seconds * 1e6);
    t.diagnostic(`${(share * 100).toFixed(2)}% of a core`);
    assert.ok(share < 0.05, `${share} of a core`);
    assert.equal(recyclers.filter((recycler) => recycler.stats().idle.count === 1).length, 10_000);
  });
}
