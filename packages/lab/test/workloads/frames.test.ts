import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GcTime } from '../../src/measure/gc-time.ts';
import { Random } from '../../src/measure/random.ts';
import { FRAME_BYTES, IN_FLIGHT } from '../../src/strategies/frames.ts';
import { strategies } from '../../src/strategies/index.ts';
import type { Strategy } from '../../src/strategies/strategy.ts';
import { frames } from '../../src/workloads/frames.ts';

const TICKS = 25;

interface Observed {
  readonly strategy: Strategy;
  readonly latencies: number[];
  readonly live: number[];
  readonly gc: GcTime[];
}

/** Every frame that comes back is looked at by the workload itself. */
async function observe(name: string): Promise<Observed> {
  const strategy = strategies[name]?.create({ idleTimeoutMs: 60_000 }) as Strategy;
  const [latencies, live, gc]: [number[], number[], GcTime[]] = [[], [], []];
  await frames.run({
    strategy,
    random: new Random(7),
    seed: 7,
    ...frames.settings({ ticks: TICKS, tick: 1 }),
    recordLatency: (ms) => latencies.push(ms),
    recordGc: (time) => gc.push(time),
    sample: (bytes) => live.push(bytes / FRAME_BYTES),
  });
  strategy.close();
  return { strategy, latencies, live, gc };
}

for (const name of frames.strategies)
  test(`${name}: every frame comes back, and no more than ${IN_FLIGHT} are on their way`, async () => {
    const { latencies, live, gc } = await observe(name);
    assert.equal(latencies.length, TICKS);
    assert.equal(live.length, TICKS);
    assert.ok(live.every((count) => count >= 1 && count <= IN_FLIGHT));
    assert.equal(gc.length, 2, 'both stages tell of their collections');
  });

test('clone makes four buffers a frame, transfer and shared as many as are on their way', async () => {
  assert.equal((await observe('clone')).strategy.counts().makes, 4 * TICKS);
  for (const name of ['transfer', 'shared']) {
    const { makes } = (await observe(name)).strategy.counts();
    assert.ok(makes <= IN_FLIGHT + 1, `${name} made ${makes}`);
  }
});
