import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferRecycler, type RecycledBuffer } from 'giveback';
import { Random } from '../../src/measure/random.ts';
import { strategies } from '../../src/strategies/index.ts';
import type { Strategy } from '../../src/strategies/strategy.ts';
import { files } from '../../src/workloads/files.ts';
import { forms } from '../../src/workloads/network/forms.ts';
import { multipart } from '../../src/workloads/network/multipart.ts';
import { relay } from '../../src/workloads/network/relay.ts';
import { s3 } from '../../src/workloads/network/s3.ts';
import { uploads } from '../../src/workloads/network/uploads.ts';
import type { Transfer, Workload } from '../../src/workloads/workload.ts';

const MiB = 1024 * 1024;

interface Observed {
  readonly latencies: number[];
  readonly live: number[];
  readonly moved: Transfer;
}

async function observe(
  workload: Workload,
  strategy: Strategy,
  requests: number,
  concurrency = 4,
): Promise<Observed> {
  const [latencies, live, moved]: [number[], number[], Transfer[]] = [[], [], []];
  await workload.run({
    ...workload.settings({ requests, concurrency }),
    strategy,
    random: new Random(7),
    seed: 7,
    recordLatency: (ms) => latencies.push(ms),
    recordTransfer: (each) => moved.push(each),
    sample: (bytes) => live.push(bytes),
  });
  assert.equal(moved.length, 1);
  return { latencies, live, moved: moved[0] as Transfer };
}

interface Short {
  readonly workload: Workload;
  readonly requests: number;
  /** Of a request, least and most. */
  readonly bytes: readonly [number, number];
  /** In hand at a time, for each that is served at a time. */
  readonly mostLive: number;
}

const shorts: Readonly<Record<string, Short>> = {
  uploads: { workload: uploads, requests: 12, bytes: [5e6, 10e6], mostLive: 10e6 },
  forms: { workload: forms, requests: 12, bytes: [1e6, 10e6], mostLive: 11e6 },
  multipart: { workload: multipart, requests: 6, bytes: [64 * MiB, 64 * MiB], mostLive: 9 * MiB },
  s3: { workload: s3, requests: 4, bytes: [96 * MiB, 96 * MiB], mostLive: 48 * MiB },
  files: { workload: files, requests: 3, bytes: [64 * MiB, 64 * MiB], mostLive: 64 * 1024 },
  relay: { workload: relay, requests: 4, bytes: [64 * MiB, 64 * MiB], mostLive: 8 * MiB },
};

for (const [name, { workload, requests, bytes, mostLive }] of Object.entries(shorts)) {
  for (const strategyName of workload.usual)
    test(`${name}, ${strategyName}: every byte arrives, and nothing stays lent`, async () => {
      const conditions = workload.settings({ requests, concurrency: 4 });
      const strategy = strategies[strategyName]?.create(conditions) as Strategy;
      const { latencies, live, moved } = await observe(workload, strategy, requests);
      assert.equal(moved.errors, 0);
      assert.ok(moved.bytes >= requests * bytes[0] && moved.bytes <= requests * bytes[1]);
      assert.ok(moved.ms > 0);
      assert.equal(latencies.length, requests);
      assert.equal(live.length, requests);
      assert.ok(
        live.every((each) => each >= 0 && each <= 4 * mostLive),
        `live: ${live}`,
      );
      assert.equal(strategy.recycler?.stats().lent.count ?? 0, 0);
      assert.equal(strategy.recycler?.stats().discards ?? 0, 0);
      strategy.close();
    });
}

for (const strategyName of ['fixed', 'elastic'])
  for (const concurrency of [1, 12])
    test(`forms, ${strategyName}: the budget has room for every file, ${concurrency} at a time`, async () => {
      const requests = 2 * concurrency;
      const conditions = forms.settings({ requests, concurrency });
      const strategy = strategies[strategyName]?.create(conditions) as Strategy;
      const { moved } = await observe(forms, strategy, requests, concurrency);
      assert.equal(moved.errors, 0);
      const { peak, maxBytes } = (strategy.recycler as BufferRecycler).stats();
      assert.equal(maxBytes, conditions.maxBytes);
      assert.ok(peak.heldBytes <= maxBytes);
      strategy.close();
    });

/** Lends one buffer to everybody. */
class Careless extends BufferRecycler {
  readonly #lent = new Map<number, RecycledBuffer>();

  override get(size: number): RecycledBuffer {
    const buffer = this.#lent.get(size) ?? super.get(size);
    this.#lent.set(size, buffer);
    return buffer;
  }

  override resize(_buffer: RecycledBuffer, size: number): RecycledBuffer {
    return this.get(size);
  }

  override give(): boolean {
    return true;
  }
}

test('multipart: a buffer that is lent to two at a time is noticed', async () => {
  const recycler = new Careless();
  const careless: Strategy = {
    recycler,
    get: (size) => recycler.get(size),
    give() {},
    counts: () => ({ makes: 0, frees: 0 }),
    close() {},
  };
  const { moved } = await observe(multipart, careless, 8);
  assert.ok(moved.errors > 0);
});
