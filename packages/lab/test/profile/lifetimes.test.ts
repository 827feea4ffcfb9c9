import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Random } from '../../src/measure/random.ts';
import { heldFigures } from '../../src/profile/lifetimes/held.ts';
import { Lifetimes } from '../../src/profile/lifetimes/lifetimes.ts';
import { type Observation, observe } from '../../src/profile/lifetimes/observations.ts';
import type { Look } from '../../src/profile/trace/trace.ts';

const RUN_MS = 60_000;

/** Looks at random times, and what they see of buffers that are held for as long as `lifetime` says. */
function watched(
  lifetime: (random: Random) => number,
  count: number,
  seed = 1,
  between = 150,
): Observation[] {
  const random = new Random(seed);
  const wait = (): number => -Math.log(1 - random.next()) * between;
  const looks: Look[] = [];
  for (let t = wait(); t < RUN_MS; t += wait()) looks.push({ t, took: 5 });
  return Array.from({ length: count }, () => {
    const t = random.next() * RUN_MS;
    const end = t + lifetime(random);
    const goneAt = looks.find((look) => look.t > end)?.t;
    return observe(
      { t, bytes: 65_536, weight: 8, api: 0, stack: 0, origin: undefined, goneAt },
      looks,
    );
  });
}

describe('what looks tell of one buffer', () => {
  test('always holds the truth', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 5_000, noNaN: true }), fc.nat(1000), (life, seed) => {
        for (const { least, most } of watched(() => life, 20, seed)) {
          assert.ok(least <= life && life <= most, `${life} in ${least}–${most}`);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('how long buffers were held', () => {
  const near = (got: number, expected: number, tolerance: number, what: string): void => {
    assert.ok(
      Math.abs(got / expected - 1) < tolerance,
      `${what}: got ${got}, expected ${expected}`,
    );
  };

  for (const ms of [20, 40, 300, 2_000]) {
    test(`is found: ${ms} ms each`, () => {
      const lifetimes = new Lifetimes(watched(() => ms, 3_000));
      near(lifetimes.quantile(0.5), ms, 0.25, 'median');
      near(lifetimes.quantile(0.9), ms, 0.25, 'p90');
    });
  }

  for (const mean of [50, 500]) {
    test(`is found: exponential, ${mean} ms on average`, () => {
      const lifetimes = new Lifetimes(
        watched((random) => -Math.log(1 - random.next()) * mean, 5_000),
      );
      near(lifetimes.quantile(0.5), mean * Math.LN2, 0.3, 'median');
      near(lifetimes.quantile(0.9), mean * Math.LN10, 0.3, 'p90');
    });
  }

  test('is found: some for a moment, some for long', () => {
    const lifetimes = new Lifetimes(watched((random) => (random.next() < 0.7 ? 5 : 1_500), 4_000));
    near(lifetimes.atMost(100), 0.7, 0.1, 'share of short ones');
    near(lifetimes.quantile(0.9), 1_500, 0.25, 'p90');
  });

  test('is longer than watched where nothing ends', () => {
    const lifetimes = new Lifetimes(watched(() => Infinity, 500));
    const { p50, lastingShare } = heldFigures(lifetimes, RUN_MS);
    assert.equal(p50.ms, null);
    assert.equal(p50.highMs, null);
    assert.ok(lastingShare > 0.9, `${lastingShare}`);
  });

  test('is left open below what looks can tell', () => {
    // Every buffer is gone at the next look, which is never sooner than 80 ms.
    const observations = Array.from({ length: 200 }, (_, at) => ({
      least: 0,
      most: 80 + at,
      bytes: 1,
    }));
    const { p50, shortLivedShare } = heldFigures(new Lifetimes(observations), RUN_MS);
    assert.equal(p50.lowMs, 0);
    assert.ok((p50.highMs ?? 0) >= 80);
    assert.ok(shortLivedShare > 0.95);
  });

  test('has an error that tells how far off it is, mostly', () => {
    let covered = 0;
    for (let seed = 1; seed <= 30; seed++) {
      const lifetimes = new Lifetimes(
        watched((random) => -Math.log(1 - random.next()) * 200, 300, seed),
      );
      const { p50 } = heldFigures(lifetimes, RUN_MS);
      const truth = 200 * Math.LN2;
      if ((p50.lowMs ?? 0) <= truth && truth <= (p50.highMs ?? Infinity)) covered += 1;
    }
    assert.ok(covered >= 15, `${covered} of 30`);
  });

  test('conditional on what was seen of a buffer, stays inside of it', () => {
    const lifetimes = new Lifetimes(watched(() => 100, 1_000));
    const seen = { least: 50, most: 250 };
    assert.equal(lifetimes.longerThan(40, seen), 1);
    assert.equal(lifetimes.longerThan(260, seen), 0);
    const at = [60, 90, 110, 200].map((ms) => lifetimes.longerThan(ms, seen));
    for (const [index, share] of at.entries()) {
      assert.ok(share >= 0 && share <= (at[index - 1] ?? 1));
    }
  });
});
