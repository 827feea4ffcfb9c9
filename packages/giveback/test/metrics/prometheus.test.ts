import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { describe, test } from 'node:test';
import { recyclers as all, BufferRecycler, Recycler } from 'giveback';
import { collectGiveback, type PrometheusRegistry } from 'giveback/prometheus';
import { SharedBufferRecycler } from 'giveback/threads';
import * as promClient from 'prom-client';
import { until } from '../helpers/until.ts';
import { expectedOf, PROM_CLIENTS, samplesOf } from './helpers/prometheus.ts';
import { startTraffic } from './helpers/traffic.ts';

for (const { version, Registry, Gauge } of PROM_CLIENTS)
  describe(`prom-client ${version}`, () => {
    for (const [title, name] of [
      ['each of its own name', (kind: string) => kind],
      ['all of one name', () => 'same'],
    ] as const)
      test(`every value is that of stats() at the scrape: ${title}`, async () => {
        const registry = new Registry();
        const { recyclers, step } = startTraffic(1, name);
        using _ = collectGiveback(registry, { recyclers });
        for (let round = 0; round < 20; round++) {
          for (let steps = 0; steps < 50; steps++) await step();
          const scraping = registry.metrics();
          const expected = expectedOf(recyclers.map((each) => each.stats()));
          assert.deepEqual(samplesOf(await scraping), expected);
        }
        for (const each of recyclers) (each as BufferRecycler).close();
        assert.deepEqual(
          samplesOf(await registry.metrics()),
          expectedOf(recyclers.map((each) => each.stats())),
        );
      });

    test('by default all recyclers of the thread are collected, also those made later', async () => {
      const registry = new Registry();
      using _ = collectGiveback(registry);
      const later = new BufferRecycler({ name: `later ${version}` });
      const scraping = registry.metrics();
      const expected = expectedOf(all().map((each) => each.stats()));
      const samples = samplesOf(await scraping);
      assert.equal(samples[`giveback_gets_total{recycler=${later.name}}`], 0);
      // Other tests had recyclers that were collected since, whose counters are left.
      for (const [series, value] of Object.entries(expected))
        assert.ok((samples[series.replace('\ud800', '\ufffd')] ?? -1) >= value, series);
    });

    test('a shared memory counts once, however many recyclers of it there are', async () => {
      const registry = new Registry();
      const first = new SharedBufferRecycler({ name: 'frames', blockSize: 100, blocks: 4 });
      const second = SharedBufferRecycler.from(first.handle);
      second.give(second.get(5));
      second.close();
      assert.equal(second, first);
      const third = SharedBufferRecycler.from;
      assert.throws(() => third(first.handle), { code: 'ERR_GIVEBACK_CLOSED' });
      using _ = collectGiveback(registry, { recyclers: [first, second] });
      assert.deepEqual(samplesOf(await registry.metrics()), expectedOf([first.stats()]));
    });

    test('how long waits took is a histogram, of those that were served', async () => {
      const registry = new Registry();
      const buffers = new BufferRecycler({ name: 'waiting', maxBytes: 64, maxIdleBytes: 64 });
      using _ = collectGiveback(registry, { recyclers: [buffers] });
      const held = buffers.get(64);
      const served = buffers.acquire(5, { timeout: 60_000 });
      await assert.rejects(buffers.acquire(5, { timeout: 1 }));
      const start = performance.now();
      await until(() => performance.now() - start > 12);
      buffers.give(held);
      await served;
      const text = await registry.metrics();
      const part = (suffix: string, label = '') =>
        Number(
          text
            .split('\n')
            .find(
              (line) =>
                line.startsWith(`giveback_wait_duration_seconds_${suffix}`) &&
                line.includes('recycler="waiting"') &&
                line.includes(label),
            )
            ?.split('} ')[1],
        );
      assert.equal(part('bucket', 'le="0.01"'), 0);
      assert.equal(part('bucket', 'le="+Inf"'), 1);
      assert.equal(part('count'), 1);
      assert.ok(part('sum') >= 0.012 && part('sum') < 60);
      registry.resetMetrics();
      assert.doesNotMatch(await registry.metrics(), /duration_seconds_count{/);
    });

    test('array buffers of the process are there, and all help texts', async () => {
      const registry = new Registry();
      using _ = collectGiveback(registry);
      const text = await registry.metrics();
      const [, bytes] = /^giveback_process_array_buffer_bytes (\d+)$/m.exec(text) ?? [];
      assert.ok(Number(bytes) > 0);
      assert.match(text, /^# HELP giveback_leaks_total Lent buffers that were garbage-collected/m);
      assert.match(text, /^# TYPE giveback_leaks_total counter$/m);
      assert.match(text, /^# TYPE giveback_bytes gauge$/m);
      assert.match(text, /^# TYPE giveback_wait_duration_seconds histogram$/m);
    });

    test('a registry takes the metrics once; stopped or cleared, it takes them again', async () => {
      const registry = new Registry();
      new Gauge({ name: 'of_the_user', help: 'stays', registers: [registry] });
      const recyclers = [new BufferRecycler({ name: 'once' })];
      const first = collectGiveback(registry, { recyclers });
      const message =
        'Expected `registry` to have no metric `giveback_bytes` yet, got one that has: stop the collection that added it, or take another registry.';
      assert.throws(() => collectGiveback(registry), {
        name: 'GivebackError',
        code: 'ERR_GIVEBACK_REGISTERED',
        message,
      });
      first.stop();
      assert.equal((await registry.metrics()).trim().split('\n').length, 3);
      const second = collectGiveback(registry, { recyclers });
      // It does not stop another one.
      first.stop();
      const expected = expectedOf(recyclers.map((each) => each.stats()));
      assert.deepEqual(samplesOf(await registry.metrics()), expected);
      registry.clear();
      using _ = collectGiveback(registry, { recyclers });
      second.stop();
      assert.deepEqual(samplesOf(await registry.metrics()), expected);
    });

    test('a metric of somebody else is not overwritten, and none is added', async () => {
      const registry = new Registry();
      new Gauge({ name: 'giveback_waiters', help: 'of the user', registers: [registry] });
      assert.throws(() => collectGiveback(registry), { code: 'ERR_GIVEBACK_REGISTERED' });
      assert.equal((await registry.metrics()).trim().split('\n').length, 3);
    });

    test('names with odd characters are escaped', async () => {
      const registry = new Registry();
      const names = [
        '',
        ' ',
        'a"b',
        'a\nb',
        'a,b="c"',
        '{}',
        'π – 🚀',
        '\u0000',
        '__proto__',
        '\ud800',
      ];
      // prom-client 14 does not escape a backslash before an n.
      names.push('a\\b', ...(version === '15' ? ['a\\nb', '\\'] : []));
      const recyclers = names.map((name) => new BufferRecycler({ name }));
      using _ = collectGiveback(registry, { recyclers });
      for (const each of recyclers) each.get(1);
      const samples = samplesOf(await registry.metrics());
      for (const name of names)
        assert.equal(
          samples[`giveback_gets_total{recycler=${name.replace('\ud800', '\ufffd')}}`],
          1,
          name,
        );
    });

    test('the other formats of prom-client have the same values', async () => {
      const registry = new Registry();
      const recyclers = [new BufferRecycler({ name: 'formats' })];
      using _ = collectGiveback(registry, { recyclers });
      recyclers[0]?.get(7);
      const json = await registry.getMetricsAsJSON();
      const gets = json.find(({ name }) => name === 'giveback_gets_total');
      assert.deepEqual((gets as unknown as { values: unknown }).values, [
        { value: 1, labels: { recycler: 'formats' } },
      ]);
      assert.match(
        await registry.getSingleMetricAsString('giveback_gets_total'),
        /^giveback_gets_total{recycler="formats"} 1$/m,
      );
      const merged = Registry.merge([registry]);
      assert.deepEqual(samplesOf(await merged.metrics()), samplesOf(await registry.metrics()));
    });

    test('whatever is asked for in one turn of the event loop, each value is that of its own moment', async () => {
      const registry = new Registry();
      const buffers = new BufferRecycler({ name: 'moments' });
      using _ = collectGiveback(registry, { recyclers: [buffers] });
      const getsAndGives = async (): Promise<unknown> => {
        const samples = samplesOf(await registry.metrics());
        return ['gets', 'gives'].map(
          (field) => samples[`giveback_${field}_total{recycler=moments}`],
        );
      };
      const texts: (string | Promise<string>)[] = [];
      const scrapes: Promise<unknown>[] = [];
      // A family by itself, in either direction; a scrape after some family; two scrapes.
      for (const name of [
        'gets',
        'gives',
        'gets',
        'gives',
        'timeouts',
        '',
        'timeouts',
        'gets',
        '',
      ]) {
        if (name === '') scrapes.push(getsAndGives());
        else texts.push(registry.getSingleMetricAsString(`giveback_${name}_total`));
        buffers.give(buffers.get(1));
      }
      scrapes.push(getsAndGives());
      const values = (await Promise.all(texts)).map((text) => Number(/\S+$/.exec(text)?.[0]));
      assert.deepEqual(values, [0, 1, 2, 3, 0, 0, 7]);
      assert.deepEqual(await Promise.all(scrapes), [
        [5, 5],
        [8, 8],
        [9, 9],
      ]);
    });

    test('what is no registry is refused', () => {
      const sentence = 'Expected `registry` to be a Registry of prom-client (>=14 <16), ';
      for (const [registry, came] of [
        [undefined, 'got `undefined`'],
        [null, 'got `null`'],
        [5, 'got `5` (number)'],
        [{}, 'got an instance of `Object` (object), which has no `registerMetric()`'],
        [Registry, 'got a function, which has no `registerMetric()`'],
        [
          { registerMetric() {}, getSingleMetric() {} },
          'got an instance of `Object` (object), which has no `removeSingleMetric()`',
        ],
        [{ ...promClient }, 'got an instance of `Object` (object): pass its `register`'],
      ] as const)
        assert.throws(() => collectGiveback(registry as unknown as PrometheusRegistry), {
          name: 'GivebackError',
          code: 'ERR_GIVEBACK_REGISTRY',
          message: `${sentence}${came}.`,
        });
    });

    test('options that are none are refused, and nothing is registered', async () => {
      const registry = new Registry();
      for (const options of [5, null, { recycler: [] }, { recyclers: 5 }, { recyclers: [{}] }])
        assert.throws(() => collectGiveback(registry, options as never), {
          code: 'ERR_GIVEBACK_TYPE',
        });
      assert.equal((await registry.metrics()).trim(), '');
    });
  });

test('in OpenMetrics, too, counters are named as they are to be', async () => {
  const registry = new promClient.Registry();
  registry.setContentType(promClient.Registry.OPENMETRICS_CONTENT_TYPE as never);
  const recyclers = [new BufferRecycler({ name: 'open' })];
  using _ = collectGiveback(registry, { recyclers });
  for (let times = 0; times < 2; times++) {
    const text = await registry.metrics();
    assert.match(text, /^# TYPE giveback_gets counter$/m);
    assert.match(text, /^giveback_gets_total{recycler="open"} 0$/m);
  }
  _.stop();
  assert.equal((await registry.metrics()).trim(), '# EOF');
});

test('a registry may change its format at every scrape, and each metric keeps its name', async () => {
  const registry = new promClient.Registry();
  using collection = collectGiveback(registry, {
    recyclers: [new BufferRecycler({ name: 'both' })],
  });
  for (let times = 0; times < 2; times++)
    for (const [format, type] of [
      [promClient.Registry.OPENMETRICS_CONTENT_TYPE, 'giveback_gets'],
      [promClient.Registry.PROMETHEUS_CONTENT_TYPE, 'giveback_gets_total'],
    ] as const) {
      registry.setContentType(format as never);
      const text = await registry.metrics();
      assert.match(text, new RegExp(`^# TYPE ${type} counter$`, 'm'));
      assert.match(text, /^giveback_gets_total{recycler="both"} 0$/m);
      const names = (await registry.getMetricsAsJSON()).map(({ name }) => name);
      assert.ok(names.includes('giveback_gets_total'), names.join());
    }
  collection.stop();
  assert.equal((await registry.metrics()).trim(), '');
});

for (const { version, Registry } of PROM_CLIENTS)
  test(`prom-client ${version}: of several processes numbers are added, but of the oldest lease the oldest is taken`, async () => {
    const buffers = new BufferRecycler({ name: 'aggregated', sampleStacks: 1 });
    const held = buffers.get(100);
    const registry = new Registry();
    using _ = collectGiveback(registry, { recyclers: [buffers] });
    await new Promise((resolve) => setTimeout(resolve, 20));
    // As AggregatorRegistry gets them from workers.
    const ofWorker = JSON.stringify(await registry.getMetricsAsJSON());
    const ofWorkers = [1, 2, 3].map(() => JSON.parse(ofWorker));
    const all = promClient.AggregatorRegistry.aggregate(ofWorkers as never);
    const samples = samplesOf(await all.metrics());
    assert.equal(samples['giveback_gets_total{recycler=aggregated}'], 3);
    assert.equal(
      samples['giveback_bytes{recycler=aggregated,state=lent}'],
      3 * buffers.stats().lent.bytes,
    );
    const text = await all.metrics();
    const [, oldest] =
      /^giveback_oldest_lease_seconds{recycler="aggregated"} (.*)$/m.exec(text) ?? [];
    const [lease] = buffers.leases();
    assert.ok(Number(oldest) >= 0.019 && Number(oldest) * 1000 <= Number(lease?.heldMs), oldest);
    buffers.give(held);
  });

test('a registry that is cleared without stop leaves no listener', async () => {
  const buffers = new BufferRecycler({ name: 'cleared', maxBytes: 64, maxIdleBytes: 64 });
  const served = channel('giveback:served');
  assert.equal(served.hasSubscribers, false);
  const registry = new promClient.Registry();
  collectGiveback(registry, { recyclers: [buffers] });
  assert.equal(served.hasSubscribers, true);
  registry.clear();
  const held = buffers.get(64);
  const waiting = buffers.acquire(1, { timeout: 60_000 });
  buffers.give(held);
  buffers.give(await waiting);
  await until(() => !served.hasSubscribers);
});

test('more names than labels are remembered of: each has its own number, scrape after scrape', async () => {
  const recyclers = Array.from({ length: 6000 }, (_, index) => {
    const things = new Recycler({ name: `name ${index}`, make: () => ({}) });
    for (let gets = 0; gets < index % 7; gets++) things.get();
    return things;
  });
  const registry = new promClient.Registry();
  using _ = collectGiveback(registry, { recyclers });
  const expected = expectedOf(recyclers.map((each) => each.stats()));
  for (let scrape = 0; scrape < 2; scrape++)
    assert.deepEqual(samplesOf(await registry.metrics()), expected);
});

test('a registry of prom-client 12, which awaits no metric, is refused, and nothing is left in it', async () => {
  const throwing = { name: (item: { name: string }) => item.name.replace(/x/, ''), what: 'throws' };
  const writing = { name: (item: { name: string }) => `${item.name}`, what: 'writes nonsense' };
  for (const { name, what } of [throwing, writing]) {
    /** Reads metrics as that version does. */
    class Registry12 extends promClient.Registry {
      override getSingleMetricAsString(metric: string): never {
        return name((this.getSingleMetric(metric) as never as { get(): never }).get()) as never;
      }
    }
    const registry = new Registry12();
    assert.throws(
      () => collectGiveback(registry),
      {
        code: 'ERR_GIVEBACK_REGISTRY',
        message:
          'Expected `registry` to be a Registry of prom-client (>=14 <16), got one of an older version.',
      },
      what,
    );
    assert.deepEqual(registry.getMetricsAsArray(), []);
    assert.equal(channel('giveback:served').hasSubscribers, false);
  }
});
