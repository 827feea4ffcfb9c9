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
  random: Random = new Random(7),
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
    random,
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

/** Draws what it is told, and no more. */
class Scripted extends Random {
  readonly #draws: readonly number[];
  #drawn = 0;

  constructor(draws: readonly number[]) {
    super(0);
    this.#draws = draws;
  }

  override next(): number {
    const draw = this.#draws[this.#drawn++];
    assert.ok(draw !== undefined, 'a tick draws a size and a slot, and nothing else');
    return draw;
  }
}

test('sizes are 5,000,000 to 9,999,999 bytes, the size is drawn before one of 20 slots', async () => {
  const almostOne = 1 - 2 ** -32;
  // Of each tick the size and the slot: the first slot twice, the last one, the tenth, and the last again.
  const draws = [0, 0, almostOne, 0, 0.5, almostOne, 0.1234567, 0.45, 0.75, 0.95];
  const { steps } = await observe('none', draws.length / 2, new Scripted(draws));
  assert.deepEqual(
    steps.map(({ what, size }) => `${what} ${size}`),
    [
      'get 5000000',
      'sample 5000000',
      'get 9999999',
      'give 5000000',
      'sample 9999999',
      'get 7500000',
      'sample 17499999',
      'get 5617283',
      'sample 23117282',
      'get 8750000',
      'give 7500000',
      'sample 24367282',
    ],
  );
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
