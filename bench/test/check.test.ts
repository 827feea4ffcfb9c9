import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { regressionsIn, TOLERANCE } from '../src/report/check.ts';
import { noiseIn } from '../src/report/noise.ts';
import type { TimingRow } from '../src/results.ts';
import { runOf, someHost } from './helpers.ts';

function row(candidate: string, nanoseconds: readonly number[], limit = 10): TimingRow {
  const samples = nanoseconds.map((time) => ({
    nanoseconds: time,
    waited: 0,
    collecting: 0,
    heapBytes: 0,
    peakBytes: 0,
  }));
  const ratios = nanoseconds.map((time) => time / limit);
  return {
    candidate,
    kind: 'giveback',
    lends: 'view',
    limit: 'list with view',
    sizeClassed: false,
    samples,
    ratios,
  };
}

function run(...rows: TimingRow[]) {
  const timings = [{ scenario: 'same', title: 'Same', limit: 'list with view', rows }];
  return runOf('20.20.2', { timings });
}

describe('a check against committed ratios', () => {
  const committed = () => 2;

  it('passes what is within the tolerance, and one slow round', () => {
    const within = 10 * 2 * (1 + TOLERANCE) - 0.1;
    assert.deepEqual(regressionsIn([run(row('a', [within, within, within]))], committed), []);
    assert.deepEqual(regressionsIn([run(row('a', [20, 90, 20]))], committed), []);
  });

  it('tells what is slower, and by how much', () => {
    const [found, ...more] = regressionsIn([run(row('a', [30, 31, 29]))], committed);
    assert.deepEqual([found?.candidate, found?.ratio, found?.committed], ['a', 3, 2]);
    assert.deepEqual(more, []);
  });

  it('does not judge what nothing is committed for', () => {
    assert.deepEqual(
      regressionsIn([run(row('a', [30]))], () => undefined),
      [],
    );
  });
});

describe('noise', () => {
  const quiet = { host: someHost, load: 0.1 };

  it('is not found on a quiet machine', () => {
    const runs = [run(row('list with view', [10, 10.1, 9.9]))];
    assert.deepEqual(noiseIn({ ...quiet, runs }), []);
  });

  it('is a limit that varies, a high load, and waiting', () => {
    const unsteady = [run(row('list with view', [10, 20, 30]))];
    assert.match(noiseIn({ ...quiet, runs: unsteady }).join(), /varied from round to round/);
    assert.match(noiseIn({ ...quiet, load: 3, runs: [] }).join(), /load average/);
    const { samples, ...rest } = row('list with view', [10]);
    const waiting = run({ ...rest, samples: samples.map((each) => ({ ...each, waited: 0.5 })) });
    assert.match(noiseIn({ ...quiet, runs: [waiting] }).join(), /waited for a processor/);
  });
});
