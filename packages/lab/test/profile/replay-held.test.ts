import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Random } from '../../src/measure/random.ts';
import { progressClock } from '../../src/profile/replay/clock.ts';
import { countedWeights, countedWindows } from '../../src/profile/replay/counted.ts';
import { EvenPoints } from '../../src/profile/replay/even-points.ts';
import { Filling } from '../../src/profile/replay/filling.ts';
import { makePlan } from '../../src/profile/replay/make-plan.ts';
import type { Reading } from '../../src/profile/replay/recorded-memory.ts';
import type { Sample, Trace } from '../../src/profile/trace/trace.ts';
import type { TotalsLine } from '../../src/profile/trace-format.ts';
import { STEPS } from '../../src/workloads/replay-plan.ts';
import { HEAD } from './traces.ts';

const BYTES = 5_000_000;
const RUN_MS = 30_000;
const API = 3;

interface Made {
  readonly t: number;
  readonly end: number;
}

/** What a profiler writes of these buffers, if it samples one in `weight`, and looks at random times. */
function traceOf(made: readonly Made[], weight: number, seed: number, between = 700): Trace {
  const random = new Random(seed);
  const looks: { t: number; took: number }[] = [];
  const wait = (): number => -Math.log(1 - random.next()) * between;
  for (let t = wait(); t < RUN_MS; t += wait()) looks.push({ t, took: 5 });
  const samples: Sample[] = made
    .filter(() => random.next() < 1 / weight)
    .map(({ t, end }) => ({
      t,
      bytes: BYTES,
      weight,
      api: API,
      stack: 0,
      origin: undefined,
      goneAt: looks.find((look) => look.t > end)?.t,
    }));
  const counters: TotalsLine[] = [];
  for (let totals = 100; totals <= RUN_MS; totals += 100) {
    const count = made.filter(({ t }) => t <= totals).length;
    counters.push({
      totals,
      apis: [[API, count * BYTES, count]],
      samples: 1,
      ownMs: 1,
      cpuMs: 1,
      interval: 1,
    });
  }
  const apis = new Map([[API, 'Buffer.alloc']]);
  return { head: HEAD, samples, looks, counters, apis, endMs: RUN_MS } as unknown as Trace;
}

/** What the plan of a replay holds in the moment at which it holds most, and on average, in buffers. */
function heldIn(
  trace: Trace,
  seed: number,
  readings: readonly Reading[] = [],
): { most: number; mean: number } {
  const members = trace.samples.map((sample) => ({ sample, trace }));
  const known = { startedAt: HEAD.timeOrigin, looks: [], readings };
  const plan = makePlan([{ members, step: STEPS.get }], known, seed);
  let [held, most, area, before] = [0, 0, 0, 0];
  for (let step = 0; step < plan.steps && plan.timeOf(step) <= RUN_MS; step++) {
    area += held * (plan.timeOf(step) - before);
    before = plan.timeOf(step);
    held += plan.stepAt(step) === STEPS.letGo ? -1 : 1;
    most = Math.max(most, held);
  }
  return { most, mean: area / RUN_MS };
}

function truthOf(made: readonly Made[]): { most: number; mean: number } {
  const events = made.flatMap(({ t, end }) => [
    [t, 1],
    [end, -1],
  ]) as [number, number][];
  events.sort(([a, one], [b, other]) => a - b || one - other);
  let [held, most] = [0, 0];
  for (const [, change] of events) {
    held += change;
    most = Math.max(most, held);
  }
  return { most, mean: made.reduce((sum, { t, end }) => sum + end - t, 0) / RUN_MS };
}

/** A server with so many connections, each of which has one buffer at a time, and which is faster at some times. */
function connections(width: number, paceAt: (t: number) => number, random: Random): Made[] {
  const made: Made[] = [];
  for (let connection = 0; connection < width; connection++) {
    for (let t = random.next() * 100; t < RUN_MS; ) {
      const end = t + paceAt(t) * width * (0.8 + 0.4 * random.next());
      made.push({ t, end });
      t = end;
    }
  }
  return made.sort((a, b) => a.t - b.t);
}

/** Buffers that a timer lets go of, made at a pace that changes. */
function timed(ms: number, paceAt: (t: number) => number, random: Random): Made[] {
  const made: Made[] = [];
  for (let t = 0; t < RUN_MS; t += paceAt(t) * (0.5 + random.next())) made.push({ t, end: t + ms });
  return made;
}

const PACES: Record<string, (t: number) => number> = {
  steady: () => 12,
  'fast and slow by turns': (t) => (Math.floor(t / 3_000) % 2 === 0 ? 6 : 50),
  'ever slower': (t) => 6 + t / 1_000,
};

describe('what a replay holds', () => {
  for (const [pace, paceAt] of Object.entries(PACES)) {
    for (const [width, weight] of [
      [10, 1],
      [10, 1.7],
      [6, 3],
    ] as const) {
      test(`is no more than ${width} connections do: ${pace}, one in ${weight} sampled`, () => {
        for (let seed = 1; seed <= 4; seed++) {
          const made = connections(width, paceAt, new Random(seed));
          const truth = truthOf(made);
          const { most, mean } = heldIn(traceOf(made, weight, seed), seed);
          assert.ok(Math.abs(mean / truth.mean - 1) < 0.2, `mean ${mean} of ${truth.mean}`);
          assert.ok(most <= 2 * truth.most, `${most} of ${truth.most}`);
        }
      });
    }
    test(`is what a timer lets go of: ${pace}`, () => {
      for (let seed = 1; seed <= 4; seed++) {
        const made = timed(120, paceAt, new Random(seed));
        const truth = truthOf(made);
        const { most, mean } = heldIn(traceOf(made, 1.7, seed), seed);
        assert.ok(Math.abs(mean / truth.mean - 1) < 0.2, `mean ${mean} of ${truth.mean}`);
        assert.ok(Math.abs(most / truth.most - 1) < 0.6, `${most} of ${truth.most}`);
      }
    });
  }
});

describe('where looks are too few to tell the clock', () => {
  const paceAt = PACES['fast and slow by turns'] as (t: number) => number;
  /** Of V8, with some garbage. */
  const readingsOf = (made: readonly Made[]): Reading[] =>
    Array.from({ length: RUN_MS / 100 }, (_, at) => {
      const ms = 100 * (at + 1);
      const live = made.filter(({ t, end }) => t <= ms && end > ms).length;
      return { ms, bytes: 1.3 * live * BYTES };
    });

  test('no more is held than V8 had: by connections', () => {
    for (let seed = 1; seed <= 6; seed++) {
      const made = connections(10, paceAt, new Random(seed));
      const { most } = heldIn(traceOf(made, 1.5, seed, 4_000), seed, readingsOf(made));
      assert.ok(most <= 20, `${most} of 10`);
    }
  });

  test('no more is held than V8 had: by a timer', () => {
    for (let seed = 1; seed <= 6; seed++) {
      const made = timed(120, paceAt, new Random(seed));
      const truth = truthOf(made);
      const { most } = heldIn(traceOf(made, 1.5, seed, 4_000), seed, readingsOf(made));
      assert.ok(Math.abs(most / truth.most - 1) < 0.6, `${most} of ${truth.most}`);
    }
  });
});

describe('a clock that goes on as buffers are made', () => {
  const times = fc.array(fc.double({ min: 0, max: 1_000, noNaN: true }), { maxLength: 40 });

  test('never falls, and tells when it shows what', () => {
    fc.assert(
      fc.property(times, fc.array(fc.double({ min: 0, max: 3_000, noNaN: true })), (all, at) => {
        const made = all.sort((a, b) => a - b);
        const clock = progressClock(made, 1_000);
        let before = -1;
        for (const ms of at.sort((a, b) => a - b)) {
          const shown = clock.at(ms);
          assert.ok(shown >= before);
          before = shown;
          const back = clock.when(shown);
          // Many may be made in one moment.
          assert.ok(Math.abs(clock.at(back) - shown) < 1e-6 || made.includes(back));
        }
        assert.equal(clock.when(Infinity), Infinity);
      }),
    );
  });

  test('comes to as many milliseconds as the program ran', () => {
    const clock = progressClock([900, 900], 1_000);
    assert.ok(Math.abs(clock.at(1_000) - 1_000) < 1e-9);
    assert.ok(clock.at(450) < 500);
  });
});

describe('points that cover a square evenly', () => {
  test('are below any share as often as they should, of however few', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 2_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (seed, count, share) => {
          const points = new EvenPoints(new Random(seed));
          const all = Array.from({ length: count }, () => points.next());
          for (const axis of [0, 1] as const) {
            const below = all.filter((point) => point[axis] < share).length;
            assert.ok(Math.abs(below - share * count) < 8, `${below} of ${count} below ${share}`);
          }
        },
      ),
    );
  });
});

describe('how many allocations samples stand for', () => {
  const counted = (list: readonly number[]): Trace => {
    let sum = 0;
    const counters = list.map((bytes, at) => {
      sum += bytes;
      return { totals: 100 * (at + 1), apis: [[API, sum, 1]] };
    });
    return { counters } as unknown as Trace;
  };
  const sample = (t: number, weight: number) => ({ t, weight, bytes: 10 });

  test('is what was counted in their window, and in those without a sample before it', () => {
    const windows = countedWindows(counted([100, 60, 0, 40, 90]), API);
    const samples = [sample(50, 2), sample(60, 3), sample(310, 4), sample(450, 6)];
    assert.deepEqual(countedWeights(samples, windows), [4, 6, 10, 9]);
  });

  test('is one at least, and what they weigh where nothing was counted', () => {
    const windows = countedWindows(counted([15]), API);
    assert.deepEqual(
      countedWeights([sample(50, 2), sample(60, 1.5), sample(400, 7)], windows),
      [1, 1, 7],
    );
    assert.deepEqual(countedWeights([sample(50, 2)], []), [2]);
  });
});

describe('what is joined of chunks', () => {
  test('is filled for twice as long as its chunks are held', () => {
    const filling = new Filling();
    assert.equal(filling.lasts(), 0);
    for (let at = 0; at < 1_000; at++) filling.passed(500);
    for (let at = 0; at < 64; at++) filling.passed((40 * at) / 63);
    assert.ok(Math.abs(filling.lasts() - 40) < 2, `${filling.lasts()}`);
    for (let at = 0; at < 64; at++) filling.passed(Infinity);
    assert.equal(filling.lasts(), 0);
  });
});
