import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { concurrently } from '../../src/measure/concurrently.ts';
import { Latencies } from '../../src/measure/latencies.ts';
import { Random } from '../../src/measure/random.ts';
import { openResidentSet } from '../../src/measure/resident-set.ts';

test('a seed determines the numbers: mulberry32', () => {
  const random = new Random(1);
  assert.equal(random.next(), 0.6270739405881613);
  assert.deepEqual(
    Array.from({ length: 3 }, () => random.integer(100)),
    [0, 52, 98],
  );
  assert.notEqual(new Random(2).next(), new Random(1).next());
});

test('latencies: the middle, all but one of a hundred, and the longest, in any order', () => {
  const latencies = new Latencies(500);
  for (let ms = 200; ms >= 1; ms--) latencies.record(ms);
  assert.deepEqual(latencies.quantiles(), { p50: 100, p99: 198, max: 200 });
  assert.deepEqual(new Latencies(5).quantiles(), { p50: 0, p99: 0, max: 0 });
});

test('jobs run so many at a time, and their results are in order', async () => {
  let running = 0;
  let most = 0;
  const lanes = new Set<number>();
  const results = await concurrently(10, 3, async (index, lane) => {
    lanes.add(lane);
    most = Math.max(most, ++running);
    await sleep(index % 2 === 0 ? 8 : 1);
    running--;
    return index * index;
  });
  assert.deepEqual(results, [0, 1, 4, 9, 16, 25, 36, 49, 64, 81]);
  assert.equal(most, 3);
  assert.deepEqual([...lanes].sort(), [0, 1, 2]);
});

test('resident memory grows with what is written to, and the peak stays', () => {
  const resident = openResidentSet();
  const before = resident.now;
  Buffer.alloc(100e6, 1);
  resident.read();
  assert.ok(resident.peak - before > 80e6, `${resident.peak - before}`);
  assert.ok(resident.peak >= resident.now);
});
