import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Random } from '../../src/measure/random.ts';
import { Buffers } from '../../src/strategies/buffers.ts';
import { None } from '../../src/strategies/none.ts';
import type { Strategy } from '../../src/strategies/strategy.ts';
import { fillHeap } from '../../src/workloads/fill-heap.ts';
import { replay } from '../../src/workloads/replay.ts';
import { ReplayPlan, STEPS } from '../../src/workloads/replay-plan.ts';
import { temporaryFolder } from '../helpers/lab.ts';

const cwd = temporaryFolder();
const TICK_MS = 10;
const MB = 1_000_000;

/** The bytes that a strategy holds at the end of each tick. */
async function liveBytes(
  strategy: Strategy,
  steps: Parameters<typeof ReplayPlan.of>[0],
  ticks: number,
): Promise<number[]> {
  const plan = join(cwd, 'plan.bin');
  writeFileSync(plan, ReplayPlan.of(steps).toBytes());
  const settings = {
    ticks,
    tickMs: TICK_MS,
    idleTimeoutMs: 60_000,
    replay: {
      plan,
      sites: [1],
      recordedHighBytes: 1,
      recordedMeanBytes: 1,
      recordedHeapBytes: 0,
    },
  };
  const live: number[] = [];
  await replay.run({
    ...settings,
    strategy,
    prepared: replay.prepare?.(settings),
    random: new Random(1),
    seed: 1,
    recordLatency: () => {},
    sample: (bytes) => live.push(bytes),
  });
  strategy.close();
  return live;
}

const elastic = (): Strategy => Buffers.of('elastic', { idleTimeoutMs: 60_000 });

describe('a replay', () => {
  const joined = [
    [2, STEPS.fill, 2 * MB, 0],
    [3, STEPS.pass, MB, 1],
    [12, STEPS.pass, MB, 2],
    [23, STEPS.join, 2 * MB, 0],
    [24, STEPS.letGo, 0, 1],
    [24, STEPS.letGo, 0, 2],
    [35, STEPS.letGo, 0, 0],
  ] as const;

  test('holds chunks, and what they are joined to from then on, without recycling', async () => {
    const none = new None();
    assert.deepEqual(await liveBytes(none, joined, 4), [MB, 2 * MB, 2 * MB, 0]);
    assert.equal(none.counts().makes, 1);
  });

  test('holds what chunks are copied into from the first of them, and no chunk, with recycling', async () => {
    const recycling = elastic();
    assert.deepEqual(await liveBytes(recycling, joined, 4), [2 * MB, 2 * MB, 2 * MB, 0]);
  });

  test('takes from the strategy what it is to recycle, and allocates all else', async () => {
    const steps = [
      [1, STEPS.get, MB, 0],
      [2, STEPS.make, MB, 1],
      [14, STEPS.letGo, 0, 0],
      [15, STEPS.get, MB, 2],
    ] as const;
    const recycling = elastic();
    assert.deepEqual(await liveBytes(recycling, steps, 2), [2 * MB, 2 * MB]);
    assert.equal(recycling.counts().makes, 1);
  });
});

describe('a heap as large as the program had', () => {
  const used = (): number => process.memoryUsage().heapUsed;

  test('is filled up to it, for as long as somebody keeps it', () => {
    const kept = fillHeap(0);
    const before = used();
    const wanted = before + 30 * MB;
    const heap = fillHeap(wanted);
    const filled = used();
    assert.ok(Math.abs(filled - wanted) < 6 * MB, `${filled} for ${wanted}`);
    assert.ok(heap !== undefined && kept !== undefined);
  });

  test('is left as it is where it is as large already, and never filled to its limit', () => {
    const before = used();
    assert.deepEqual(fillHeap(MB), []);
    assert.ok(used() < before + 6 * MB);
  });
});
