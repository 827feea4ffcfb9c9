import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Histogram } from '@opentelemetry/sdk-metrics';
import { BufferRecycler } from 'giveback';
import { type OpenTelemetryMeter, observeGiveback } from 'giveback/opentelemetry';
import { until } from '../helpers/until.ts';
import { APIS, expectedPointsOf, pointsOf, startMetering } from './helpers/opentelemetry.ts';
import { startTraffic } from './helpers/traffic.ts';

for (const { version, api } of APIS)
  describe(`@opentelemetry/api ${version}`, () => {
    for (const [title, name] of [
      ['each of its own name', (kind: string) => kind],
      ['all of one name', () => 'same'],
    ] as const)
      test(`every value is that of stats(): ${title}`, async () => {
        const { meter, collect } = startMetering(api);
        const { recyclers, step } = startTraffic(1, name);
        using _ = observeGiveback(meter, { recyclers });
        for (let round = 0; round < 20; round++) {
          for (let steps = 0; steps < 50; steps++) await step();
          const collecting = collect();
          const expected = expectedPointsOf(recyclers.map((each) => each.stats()));
          assert.deepEqual(pointsOf(await collecting), expected);
        }
      });

    test('how long waits took is a histogram, of those that were served', async () => {
      const { meter, collect } = startMetering(api);
      const buffers = new BufferRecycler({ name: 'waiting', maxBytes: 64, maxIdleBytes: 64 });
      const others = new BufferRecycler({ name: 'others' });
      using _ = observeGiveback(meter, { recyclers: [buffers, others] });
      const held = buffers.get(64);
      const served = buffers.acquire(5, { timeout: 60_000 });
      await assert.rejects(buffers.acquire(5, { timeout: 1 }));
      const start = performance.now();
      await until(() => performance.now() - start > 12);
      buffers.give(held);
      await served;
      const metric = (await collect()).get('giveback.acquire.wait_time');
      assert.equal(metric?.descriptor.unit, 's');
      const [point, ...more] = metric?.dataPoints ?? [];
      assert.equal(more.length, 0);
      assert.deepEqual(point?.attributes, { 'giveback.recycler.name': 'waiting' });
      assert.ok(point);
      const { count, sum = 0 } = point.value as Histogram;
      assert.equal(count, 1);
      assert.ok(sum >= 0.012 && sum < 60, `${sum} s`);
    });

    test('stopped, it reads nothing any more, and can begin again', async () => {
      const { meter, collect } = startMetering(api);
      const recyclers = [new BufferRecycler({ name: 'once' })];
      const expected = () => expectedPointsOf(recyclers.map((each) => each.stats()));
      const first = observeGiveback(meter, { recyclers });
      assert.throws(() => observeGiveback(meter), {
        name: 'GivebackError',
        code: 'ERR_GIVEBACK_REGISTERED',
        message:
          'Expected `meter` not to be observed yet, got one that is: stop that observation first, or take another meter.',
      });
      assert.deepEqual(pointsOf(await collect()), expected());
      first.stop();
      first.stop();
      recyclers[0]?.get(5);
      const second = observeGiveback(meter, { recyclers });
      first.stop();
      assert.deepEqual(pointsOf(await collect()), expected());
      second.stop();
      // The SDK goes on reporting what it was told last.
      const last = expected();
      recyclers[0]?.get(5);
      assert.deepEqual(pointsOf(await collect()), last);
    });

    test('without an SDK it costs nothing, however often', () => {
      startMetering(api);
      api.metrics.disable();
      for (let times = 0; times < 2; times++) {
        const meter = api.metrics.getMeter('none');
        observeGiveback(meter).stop();
        observeGiveback(meter);
      }
    });

    test('what is no meter is refused', () => {
      const provider = { getMeter: () => undefined };
      for (const [meter, came] of [
        [undefined, 'got `undefined`'],
        [null, 'got `null`'],
        ['meter', 'got `"meter"` (string)'],
        [{}, 'got an instance of `Object` (object), which has no `createObservableCounter()`'],
        [provider, 'got an instance of `Object` (object): pass what its `getMeter()` returns'],
      ] as const)
        assert.throws(() => observeGiveback(meter as unknown as OpenTelemetryMeter), {
          name: 'GivebackError',
          code: 'ERR_GIVEBACK_METER',
          message: `Expected \`meter\` to be a Meter of @opentelemetry/api (>=1.3 <2), ${came}.`,
        });
    });
  });
