// What Prometheus has stored of three instances is what their recyclers counted: under random traffic, over a restart,
// with a leak. The panels and the alerts that are shipped are asked there.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { needsPrograms } from '../helpers/needs-program.ts';
import { isSoak } from '../helpers/soak.ts';
import { expectedOf } from '../metrics/helpers/prometheus.ts';
import { chosen, dashboard } from './helpers/dashboard.ts';
import type { Instance, Leaked, Recorded } from './helpers/instance.ts';
import { type Production, scrapes, startProduction } from './helpers/production.ts';
import type { Series } from './helpers/prometheus-server.ts';
import type { Traffic } from './helpers/traffic.ts';

const SECONDS = isSoak ? 60 : 8;
const MAX_BYTES = 4 * 1024 * 1024;
const LOAD = { clients: 8, mostBytes: 1_500_000, mostPause: 100 };
/** Longer than the test. */
const RANGE = '10m';

describe('three instances, scraped each second by Prometheus', needsPrograms('prometheus'), () => {
  let production: Production;
  let traffics: readonly Traffic[];
  let restarted: Instance;
  let leaking: Instance;
  let leaked: Leaked;
  let startedAt: number;

  before(async () => {
    startedAt = Date.now() / 1000;
    production = await startProduction(MAX_BYTES);
    const { instances } = production;
    [restarted, leaking] = instances as [Instance, Instance];
    traffics = instances.map((instance) => production.use(instance, LOAD));
    await scrapes(restarted, SECONDS / 2);
    await restarted.restart();
    leaked = await leaking.leak();
    await scrapes(restarted, SECONDS / 2);
    await Promise.all(traffics.map((traffic) => traffic.stop()));
    await scrapes(restarted, 2);
  });
  after(() => production?.stop());

  /** Each scrape that is stored, by its number. */
  async function storedScrapes(instance: Instance): Promise<Map<number, StoredScrape>> {
    const selector = `{__name__=~"giveback_.+|test_scrape",instance="${instance.address}"}`;
    return byScrape(await production.prometheus.query(`${selector}[${RANGE}]`));
  }

  test('all uploads are answered, and some had to wait', () => {
    for (const { answers, wrong } of traffics) {
      assert.deepEqual(wrong, []);
      assert.ok(answers > 10, `${answers} answers`);
    }
    const [uploads] = leaking.scrapes.at(-1)?.stats ?? [];
    assert.ok((uploads?.waits ?? 0) > 0);
  });

  test('every value that is stored is what stats() was in the same turn', async (t) => {
    for (const instance of production.instances) {
      const stored = await storedScrapes(instance);
      assert.ok(stored.size >= SECONDS / 2, `${stored.size} scrapes are stored`);
      let compared = 0;
      for (const [scrape, { samples }] of stored) {
        const expected = expectedAt(instance, scrape);
        assert.deepEqual(differences(samples, expected), []);
        compared += Object.keys(expected).length;
      }
      t.diagnostic(`${compared} values of ${stored.size} scrapes of ${instance.address}`);
    }
  });

  test('a sum over the instances is the sum of their stats()', async () => {
    const { instances } = production;
    const stored = await Promise.all(instances.map(storedScrapes));
    const { time, scrapes: numbers } = sameMoment(stored);
    const all = numbers.map((scrape, index) => expectedAt(instances[index] as Instance, scrape));
    for (const [name, by] of [
      ['giveback_bytes', 'recycler, state'],
      ['giveback_gets_total', 'recycler'],
      ['giveback_frees_total', 'recycler, reason'],
    ] as const) {
      const sums = await production.prometheus.query(`sum by (${by}) (${name})`, time);
      assert.notEqual(sums.length, 0);
      for (const { metric, samples } of sums) {
        const key = keyOf(name, metric);
        const expected = all.reduce((sum, each) => sum + (each[key] ?? 0), 0);
        assert.equal(samples[0]?.[1], expected, `${key} at ${time}`);
      }
    }
  });

  test('a restart is seen as one reset of the counters, and no rate is negative', async () => {
    const { prometheus } = production;
    for (const { metric, samples } of await prometheus.query(
      `resets(giveback_gets_total[${RANGE}])`,
    )) {
      const expected = metric.instance === restarted.address ? 1 : 0;
      assert.equal(samples[0]?.[1], expected, `${metric.instance} ${metric.recycler}`);
    }
    const names = await prometheus.labelValues('__name__', '{__name__=~"giveback_.+_total"}');
    assert.ok(names.length >= 10, `${names}`);
    for (const name of names)
      for (const { metric, samples } of await overTime(`rate(${name}[5s])`))
        for (const [time, rate] of samples)
          assert.ok(rate >= 0, `${name} ${JSON.stringify(metric)}: ${rate} at ${time}`);
  });

  test('a leak is stored with the next scrape, the alert fires, and the place is named', async (t) => {
    const stored = await storedScrapes(leaking);
    // On a busy machine Prometheus may have given one up.
    const first = leaking.scrapes.find(
      ({ at, scrape }) => at > leaked.at && stored.has(scrape),
    ) as Recorded;
    const { time, samples } = stored.get(first.scrape) as StoredScrape;
    assert.equal(samples['giveback_leaks_total{recycler=chunks}'], 1);

    const [alert, ...others] = await overTime(
      'ALERTS{alertname="GivebackLeak",alertstate="firing"}',
    );
    assert.deepEqual(others, [], 'nobody else leaks');
    assert.equal(alert?.metric.instance, leaking.address);
    assert.equal(alert.metric.recycler, 'chunks');
    // Rules are evaluated once a second, too; the rest is for a busy machine.
    const delay = Number(alert.samples[0]?.[0]) - time;
    assert.ok(delay < 5, `${delay} s after that scrape`);
    t.diagnostic(`the alert fired ${delay.toFixed(2)} s after that scrape`);

    const place = /\bplantLeak .*instance-program/;
    assert.match(String(leaked.stack), place, 'the message of the leak says where');
    const [lease] = leaking.leases.filter(({ size }) => size === 123_456);
    assert.match(String(lease?.stack), place, 'and leases() said so before');
  });

  test('the choices of the dashboard are the instances and the recyclers', async () => {
    const choices = { instance: [] as string[], recycler: [] as string[] };
    for (const { name, query } of dashboard.templating.list) {
      if (typeof query === 'string') continue;
      const [, selector, label] = /^label_values\((.*), (\w+)\)$/.exec(query.query) ?? [];
      assert.ok(selector && label, query.query);
      choices[name as 'instance'] = await production.prometheus.labelValues(
        label,
        chosen(selector, {}),
      );
    }
    assert.deepEqual(choices, {
      instance: production.instances.map(({ address }) => address).sort(),
      recycler: ['chunks', 'frames', 'parsers', 'uploads'],
    });
  });

  const addresses = (): string[] => production.instances.map(({ address }) => address);
  for (const panel of dashboard.panels)
    for (const [what, choice] of [
      ['all', () => ({})],
      ['all of them by name', () => ({ instance: addresses(), recycler: ['uploads', 'chunks'] })],
      ['one recycler', () => ({ recycler: ['uploads'] })],
      ['one instance', () => ({ instance: addresses().slice(1, 2), recycler: ['uploads'] })],
    ] as const)
      test(`the panel “${panel.title}” shows something of ${what}`, async () => {
        for (const { expr } of panel.targets) {
          const query = chosen(expr, choice());
          const values = (await overTime(query)).flatMap(({ samples }) => samples);
          assert.ok(
            values.some(([, value]) => Number.isFinite(value)),
            `no data for ${query}`,
          );
        }
      });

  function overTime(expr: string): Promise<Series[]> {
    return production.prometheus.queryRange(expr, startedAt, Date.now() / 1000);
  }
});

/** Values by series, as `expectedOf` writes those. */
type Samples = Readonly<Record<string, number>>;

interface StoredScrape {
  /** Unix seconds. */
  readonly time: number;
  readonly samples: Samples;
}

/** What was to be stored of that scrape. */
function expectedAt(instance: Instance, scrape: number): Samples {
  const { stats } = instance.scrapes.find((each) => each.scrape === scrape) as Recorded;
  return expectedOf(stats);
}

/** A time at which the latest scrape of each instance was less than a second ago, so that none has failed since. */
function sameMoment(stored: readonly ReadonlyMap<number, StoredScrape>[]): {
  time: number;
  scrapes: number[];
} {
  const times = stored.flatMap((each) => Array.from(each.values(), ({ time }) => time));
  for (const time of times.sort((a, b) => b - a)) {
    const scrapes = stored.flatMap((each) => {
      const fresh = [...each].find(([, at]) => at.time <= time && time - at.time < 0.9);
      return fresh === undefined ? [] : [fresh[0]];
    });
    if (scrapes.length === stored.length) return { time, scrapes };
  }
  throw new Error('Expected a moment at which all had been scraped just before.');
}

/** All samples of one scrape have its time. */
function byScrape(series: readonly Series[]): Map<number, StoredScrape> {
  const byTime = new Map<number, Record<string, number>>();
  for (const { metric, samples } of series)
    for (const [time, value] of samples) {
      const ofTime = byTime.get(time) ?? {};
      ofTime[keyOf(String(metric.__name__), metric)] = value;
      byTime.set(time, ofTime);
    }
  return new Map(
    [...byTime].map(([time, samples]) => [samples['test_scrape{}'] as number, { time, samples }]),
  );
}

/** The series as `expectedOf` writes it, without what Prometheus adds. */
function keyOf(name: string, metric: Series['metric']): string {
  const labels = Object.entries(metric)
    .filter(([label]) => !['__name__', 'instance', 'job'].includes(label))
    .map(([label, value]) => `${label}=${value}`);
  return `${name}{${labels.sort().join()}}`;
}

/** Which values differ, without what stats() does not tell: the histogram, the process, the oldest lease. */
function differences(stored: Samples, expected: Samples): string[] {
  const own = /^(test_scrape|giveback_(wait_duration_seconds|process_|oldest_lease))/;
  return Object.keys({ ...stored, ...expected })
    .filter((key) => !own.test(key) && stored[key] !== expected[key])
    .map((key) => `${key}: ${stored[key]} is stored, stats() was ${expected[key]}`);
}
