import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../src/measure/random.ts';
import { strategies } from '../../src/strategies/index.ts';
import type { Strategy } from '../../src/strategies/strategy.ts';
import { article } from '../../src/workloads/article.ts';

interface Step {
  readonly what: 'get' | 'give' | 'sample';
  readonly size: number;
}

/** Runs the workload with real buffers and writes down what it asks of its strategy. */
async function observe(
  name: string,
  ticks: number,
): Promise<{ steps: Step[]; strategy: Strategy }> {
  const strategy = strategies[name]?.create({ idleTimeoutMs: 60_000 }) as Strategy;
  const steps: Step[] = [];
  await article.run({
    strategy: {
      get(size) {
        steps.push({ what: 'get', size });
        return strategy.get(size);
      },
      give(buffer) {
        steps.push({ what: 'give', size: buffer.length });
        strategy.give(buffer);
      },
      counts: () => strategy.counts(),
      close: () => strategy.close(),
    },
    random: new Random(7),
    seed: 7,
    ticks,
    tickMs: 1,
    idleTimeoutMs: 60_000,
    recordLatency() {},
    sample: (bytes) => steps.push({ what: 'sample', size: bytes }),
  });
  strategy.close();
  return { steps, strategy };
}

const TICKS = 60;
const sizesAsked = (steps: readonly Step[]): number[] =>
  steps.filter(({ what }) => what === 'get').map(({ size }) => size);

test('every strategy is asked for the same sizes, and replaces the same slots', async () => {
  const none = await observe('none', TICKS);
  for (const name of ['channel', 'recycler', 'fixed', 'elastic']) {
    const { steps } = await observe(name, TICKS);
    assert.deepEqual(sizesAsked(steps), sizesAsked(none.steps));
    assert.deepEqual(
      steps.map(({ what }) => what),
      none.steps.map(({ what }) => what),
      'a slot is filled, or replaced, at the same ticks',
    );
  }
});

test('sizes are the article’s: 5,000,000 to 9,999,999 bytes', () => {
  const random = new Random(1);
  const sizes = Array.from({ length: 10_000 }, () => random.integer(5_000_000) + 5_000_000);
  assert.ok(sizes.every((size) => size >= 5_000_000 && size <= 9_999_999));
  assert.ok(new Set(sizes).size > 9_900);
});

test('each tick gets first, then gives what it replaces, then samples', async () => {
  const { steps } = await observe('recycler', TICKS);
  const text = steps.map(({ what }) => what).join(' ');
  assert.match(text, /^(get (give )?sample ?)+$/);
  assert.match(text, /^get sample/, 'the first slot was empty');
});

test('none makes a buffer each tick; channel, recycler and elastic one more than are live', async () => {
  assert.deepEqual((await observe('none', TICKS)).strategy.counts(), { makes: TICKS, frees: 0 });
  for (const name of ['channel', 'recycler', 'elastic']) {
    const { steps, strategy } = await observe(name, TICKS);
    const filled = steps.filter(({ what }) => what === 'get').length;
    const given = steps.filter(({ what }) => what === 'give').length;
    assert.equal(strategy.counts().makes, filled - given + 1);
  }
});

test('the bytes sampled are those of the pool', async () => {
  const { steps } = await observe('none', TICKS);
  let live = 0;
  for (const { what, size } of steps) {
    if (what === 'get') live += size;
    else if (what === 'give') live -= size;
    else assert.equal(size, live);
  }
});

test('every page of a buffer is written to each time it is got', async () => {
  const lent = Buffer.alloc(5_000_001);
  let touched = 0;
  await article.run({
    strategy: { get: () => lent, give() {}, counts: () => ({ makes: 0, frees: 0 }), close() {} },
    random: new Random(1),
    seed: 7,
    ticks: 3,
    tickMs: 1,
    idleTimeoutMs: 60_000,
    recordLatency() {},
    sample() {
      touched += 1;
      // The tick is what is written; that of the first is 0, as the buffer was.
      for (let at = 0; at < lent.length; at += 4096) assert.equal(lent[at], touched - 1);
      assert.equal(lent[lent.length - 1], touched - 1);
    },
  });
});
