import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Random } from '../../src/measure/random.ts';
import { parseCsv } from '../../src/results/samples.ts';
import { strategies } from '../../src/strategies/index.ts';
import type { Strategy } from '../../src/strategies/strategy.ts';
import { sized } from '../../src/workloads/sized.ts';
import { filesIn, lab, temporaryFolder } from '../helpers/lab.ts';

/** Runs requests with real buffers and writes down the sizes got and given. */
async function observe(name: string): Promise<{ got: number[]; given: number[]; live: number[] }> {
  const settings = sized.settings({ requests: 300, distribution: 'bimodal' });
  const strategy = strategies[name]?.create(settings) as Strategy;
  const got: number[] = [];
  const given: number[] = [];
  const live: number[] = [];
  await sized.run({
    ...settings,
    random: new Random(3),
    seed: 7,
    strategy: {
      get(size) {
        got.push(size);
        const buffer = strategy.get(size);
        assert.equal(buffer.length, size);
        return buffer;
      },
      give(buffer) {
        given.push(buffer.length);
        assert.ok(
          buffer.every((byte) => byte === buffer[0]),
          'every byte was written',
        );
        strategy.give(buffer);
      },
      counts: () => strategy.counts(),
      close: () => strategy.close(),
    },
    recordLatency() {},
    sample: (bytes) => live.push(bytes),
  });
  strategy.close();
  return { got, given, live };
}

test('every strategy serves the same requests, each of exactly its own size', async () => {
  const none = await observe('none');
  assert.equal(none.got.length, 200 + 300, 'the pool is filled before the first request');
  assert.equal(none.given.length, 300);
  const total = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0);
  assert.equal(none.live.at(-1), total(none.got) - total(none.given));
  for (const name of ['fixed', 'elastic']) assert.deepEqual(await observe(name), none);
});

test('a run of requests leaves a line each, and says so in words', async () => {
  const cwd = temporaryFolder();
  const args = ['run', 'sized', '--requests', '40', '--distribution', 'log-normal', '--out', 'out'];
  const { code, stdout, stderr } = await lab(args, { cwd });
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^sized {2}log-normal, 40 requests, seed 2013: 3 trials\n/);
  assert.match(stdout, /│ +p99 │ +max │/);
  const { options, trials } = JSON.parse(readFileSync(join(cwd, 'out', 'run.json'), 'utf8'));
  assert.equal(options.distribution, 'log-normal');
  assert.deepEqual(
    trials.map(({ strategy }: { strategy: string }) => strategy),
    ['none', 'fixed', 'elastic'],
  );
  for (const { name } of trials) {
    const samples = parseCsv(readFileSync(join(cwd, 'out', `${name}.csv`), 'utf8'), name);
    assert.equal(samples.bytes.length, 40);
    assert.ok(filesIn(join(cwd, 'out')).includes(`${name}.png`));
  }
  assert.match(readFileSync(join(cwd, 'out', `${trials[0].name}.svg`), 'utf8'), />requests</);
});
