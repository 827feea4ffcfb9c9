import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Random } from '../../../src/measure/random.ts';
import type { Pace } from '../../../src/profile/recording/preload/pace.cts';
import { Sampler, type SamplerParts } from '../../../src/profile/recording/preload/sampler.cts';

const BYTES = 20_000;
const COUNT = 100_000;

/** Estimates what was allocated from samples of it, while their mean distance changes every few allocations. */
function estimated(means: readonly number[], every: number, seed: number): number {
  const random = new Random(seed);
  let sum = 0;
  let turn = 0;
  // Changes when it is told to, where the real one changes by the clock.
  const pace: Pick<Pace, 'mean' | 'draw' | 'weightOf' | 'adapt' | 'sampled'> = {
    get mean() {
      return means[turn % means.length] as number;
    },
    draw: () => -Math.log(1 - random.next()) * pace.mean,
    weightOf: (bytes) => 1 / -Math.expm1(-bytes / pace.mean),
    adapt: () => {
      turn += 1;
    },
    sampled: () => {},
  };
  const parts = {
    pace,
    minBytes: 1,
    writer: {
      write: () => {},
      writeText: (line: string) => {
        const { bytes, weight } = JSON.parse(line) as { bytes: number; weight: number };
        sum += bytes * weight;
      },
    },
    stacks: { here: () => 0 },
    watcher: { watch: () => {} },
    origins: { of: () => undefined },
    ownTime: { add: () => {} },
  };
  const sampler = new Sampler(parts as unknown as SamplerParts);
  for (let made = 0; made < COUNT; made++) {
    if (made % every === 0) sampler.adapt();
    sampler.sawStore({}, BYTES, 0);
  }
  return sum / (BYTES * COUNT);
}

describe('samples whose distance changes between two of them', () => {
  for (const [what, means, every] of [
    ['stays as it is', [100_000], 10],
    ['grows and shrinks', [100_000, 400_000], 5],
    ['jumps', [100_000, 1_600_000], 7],
    ['changes with each allocation', [50_000, 800_000, 200_000], 1],
  ] as const) {
    test(`still stand for what was allocated: ${what}`, () => {
      for (let seed = 1; seed <= 5; seed++) {
        const ratio = estimated(means, every, seed);
        assert.ok(Math.abs(ratio - 1) < 0.05, `${ratio}`);
      }
    });
  }
});
