import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BufferRecycler, Recycler, recyclers } from 'giveback';
import { collectGiveback } from 'giveback/prometheus';
import { SharedBufferRecycler } from 'giveback/threads';
import { Registry } from 'prom-client';
import { collectUntil } from '../helpers/collect.ts';
import { randomFrom } from '../helpers/random.ts';
import { samplesOf } from './helpers/prometheus.ts';

/** Makes a recycler of that name, and lets it count something. */
const kinds: Record<string, (name: string, count: number) => object> = {
  fixed: (name, count) => use(new BufferRecycler({ name }), count),
  elastic: (name, count) =>
    use(new BufferRecycler({ name, memory: 'elastic', maxBytes: 2 ** 20 }), count),
  closed(name, count) {
    const buffers = use(new BufferRecycler({ name }), count);
    buffers.close();
    return buffers;
  },
  shared: (name, count) =>
    use(new SharedBufferRecycler({ name, blockSize: 100, blocks: 4 }), count),
  /** Its things refer to their recycler. */
  objects(name, count) {
    const things: Recycler<{ of?: object }> = new Recycler({
      name,
      make: () => ({}),
      idleTimeout: Infinity,
    });
    for (let each = 0; each < count; each++) {
      const thing = things.get();
      thing.of = things;
      things.give(thing);
    }
    return things;
  },
};

function use<T extends BufferRecycler | SharedBufferRecycler>(buffers: T, count: number): T {
  for (let each = 0; each < count; each++) buffers.give(buffers.get(each % 90));
  return buffers;
}

const names = () => recyclers().map(({ name }) => name);

describe('recyclers that were collected', () => {
  for (const [kind, make] of Object.entries(kinds))
    test(`${kind}: nothing here keeps it alive, and what it had counted stays in its name's totals`, async () => {
      const registry = new Registry();
      using _ = collectGiveback(registry);
      const name = `collected ${kind}`;
      const series = `giveback_gets_total{recycler=${name}}`;
      let total = 0;
      for (let round = 1; round <= 3; round++) {
        for (let each = 0; each < 3; each++) {
          make(name, round);
          total += round;
        }
        assert.equal(samplesOf(await registry.metrics())[series], total);
        await collectUntil(() => !names().includes(name));
        assert.ok(!names().includes(name), 'it was collected');
        assert.equal(samplesOf(await registry.metrics())[series], total);
        // Its finalizers have run by now.
        await new Promise((resolve) => setTimeout(resolve, 20));
        const samples = samplesOf(await registry.metrics());
        assert.equal(samples[series], total);
        assert.equal(samples[`giveback_buffers{recycler=${name},state=idle}`], undefined);
      }
    });

  test('counters never go back, whatever is made, closed and collected between scrapes', async () => {
    const registry = new Registry();
    using _ = collectGiveback(registry);
    const draw = randomFrom(1);
    const held: object[] = [];
    const all = Object.values(kinds);
    let before: Record<string, number> = {};
    for (let round = 0; round < 30; round++) {
      const make = all[Math.floor(draw() * all.length)] as (typeof all)[number];
      held.push(make(`name ${Math.floor(draw() * 3)}`, Math.floor(draw() * 10)));
      if (draw() < 0.5) held.splice(Math.floor(draw() * held.length), 1);
      if (draw() < 0.3) (held[0] as Disposable | undefined)?.[Symbol.dispose]();
      let turns = 0;
      if (draw() < 0.5) await collectUntil(() => ++turns > 2);
      const samples = samplesOf(await registry.metrics());
      for (const [series, value] of Object.entries(before))
        if (/_total\b/.test(series))
          assert.ok((samples[series] ?? -1) >= value, `${series} went back`);
      before = samples;
    }
  });

  test('a shared memory whose recycler was collected, and that is opened again, counts once', async () => {
    const registry = new Registry();
    using _ = collectGiveback(registry);
    const name = 'opened again';
    const series = `giveback_gets_total{recycler=${name}}`;
    const open = () => {
      const frames = new SharedBufferRecycler({ name, blockSize: 100, blocks: 4 });
      use(frames, 5);
      return frames.handle;
    };
    const handle = open();
    await collectUntil(() => !names().includes(name));
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(samplesOf(await registry.metrics())[series], 5);
    const again = SharedBufferRecycler.from(handle);
    use(again, 2);
    assert.equal(samplesOf(await registry.metrics())[series], 7);
    assert.equal(again.stats().gets, 7);
  });

  test('names without end are forgotten, but not what they had counted', async () => {
    const registry = new Registry();
    using _ = collectGiveback(registry);
    const sum = async () => {
      const samples = Object.entries(samplesOf(await registry.metrics()));
      const gets = samples.filter(([series]) => series.startsWith('giveback_gets_total'));
      return { total: gets.reduce((all, [, value]) => all + value, 0), names: gets.length };
    };
    const kept = use(new BufferRecycler({ name: 'endless kept' }), 1);
    const before = await sum();
    for (let each = 0; each < 3000; each++) use(new BufferRecycler({ name: `endless ${each}` }), 1);
    await collectUntil(() => names().filter((name) => name.startsWith('endless')).length <= 1);
    // How soon finalizers are called after the collection is the runtime's affair.
    let after = await sum();
    for (
      const end = Date.now() + 10_000;
      after.names > 2100 && Date.now() < end;
      after = await sum()
    ) {
      assert.equal(after.total, before.total + 3000);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal(after.total, before.total + 3000);
    assert.ok(after.names <= 2100, `${after.names} names`);
    const samples = samplesOf(await registry.metrics());
    assert.ok((samples['giveback_gets_total{recycler=(others)}'] ?? 0) > 0);
    assert.equal(samples['giveback_gets_total{recycler=endless kept}'], 1);
    kept.close();
  });
});
