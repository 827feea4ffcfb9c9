import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../src/measure/random.ts';
import { type Distribution, distributions } from '../../src/workloads/distributions.ts';

const MiB = 1024 * 1024;
const DRAWS = 20_000;

function draws(name: string, seed = 1): number[] {
  const { draw } = distributions[name] as Distribution;
  const random = new Random(seed);
  return Array.from({ length: DRAWS }, () => draw(random));
}

const share = (sizes: readonly number[], is: (size: number) => boolean): number =>
  sizes.filter(is).length / sizes.length;

function assertNear(got: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(got - expected) <= tolerance, `${got}, expected ${expected} ± ${tolerance}`);
}

for (const [name, { slots }] of Object.entries(distributions)) {
  test(`${name}: whole sizes from a seed, up to 64 MiB, 100 to 200 MB alive in the mean`, () => {
    const sizes = draws(name);
    assert.deepEqual(draws(name), sizes);
    assert.notDeepEqual(draws(name, 2), sizes);
    assert.ok(sizes.every((size) => Number.isInteger(size) && size >= 1 && size <= 64 * MiB));
    const live = (slots * sizes.reduce((total, size) => total + size, 0)) / DRAWS;
    assert.ok(live > 100e6 && live < 200e6, `${live}`);
  });
}

test('article: 5,000,000 to 9,999,999 bytes', () => {
  assert.ok(draws('article').every((size) => size >= 5_000_000 && size <= 9_999_999));
});

test('log-normal: half are below 64 KiB, and the largest come near 16 MiB', () => {
  const sizes = draws('log-normal');
  assertNear(
    share(sizes, (size) => size < MiB / 16),
    0.5,
    0.02,
  );
  const largest = sizes.reduce((most, size) => Math.max(most, size), 0);
  assert.ok(largest > 8 * MiB && largest <= 16 * MiB, `${largest}`);
});

test('s3-parts: most are 8 MiB, and last parts have any size', () => {
  const sizes = draws('s3-parts');
  assertNear(
    share(sizes, (size) => size === 8 * MiB),
    0.6,
    0.02,
  );
  assertNear(
    share(sizes, (size) => size === 64 * MiB),
    0.02,
    0.01,
  );
  assert.ok(new Set(sizes).size > 0.1 * DRAWS);
});

test('bimodal: one of ten is large, and nothing is between', () => {
  const sizes = draws('bimodal');
  assertNear(
    share(sizes, (size) => size >= 4 * MiB),
    0.1,
    0.01,
  );
  assert.ok(sizes.every((size) => size <= MiB / 16 || size >= 4 * MiB));
});
