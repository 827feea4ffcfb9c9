import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pageOf } from '../src/report/page.ts';
import { shortfalls } from '../src/report/shortfalls.ts';
import type { Results, Run, Timing, TimingRow } from '../src/results.ts';

function row(candidate: string, nanoseconds: number): TimingRow {
  const sample = { nanoseconds, waited: 0, collecting: 0, heapBytes: 0, peakBytes: 0 };
  const kind = candidate.startsWith('giveback') ? 'giveback' : 'peer';
  return { candidate, kind, sizeClassed: false, samples: [sample], ratios: [1] };
}

function timing(scenario: string, ...rows: TimingRow[]): Timing {
  return { scenario, title: `Title of ${scenario}`, limit: 'bare list', rows };
}

function run(node: string, parts: Partial<Run>): Run {
  return { node, v8: '1', timings: [], silences: [], sizeds: [], safeties: [], ...parts };
}

const ours = 'giveback fixed';

describe('where giveback is not best', () => {
  it('is told by the newest Node of each table, with its name', () => {
    const older = [
      timing('same', row(ours, 10), row('a', 5)),
      timing('burst', row(ours, 20), row('b', 8)),
    ];
    const newer = [timing('same', row(ours, 7), row('c', 3))];
    const runs = [run('24.21.0', { timings: older }), run('26.10.0', { timings: newer })];
    assert.deepEqual(shortfalls({ runs }), [
      '*Title of same*, Node 26: giveback fixed takes 7.0 ns, c 3.0 ns.',
      '*Title of burst*, Node 24: giveback fixed takes 20.0 ns, b 8.0 ns.',
    ]);
  });

  it('is not told where nobody is faster', () => {
    const timings = [timing('same', row(ours, 10), row('a', 9.5))];
    assert.deepEqual(shortfalls({ runs: [run('26.10.0', { timings })] }), []);
  });

  it('tells memory and misuse of an older Node where the newest did not measure them', () => {
    const sized = (candidate: string, peakRatio: number) => ({
      ...row(candidate, 1),
      rounds: [{ peakRatio, p50: 1, p99: 1, makes: 1 }],
    });
    const outcomes = { 'double give': 'lends one buffer to two' } as never;
    const older = run('20.20.2', {
      sizeds: [sized(ours, 1.5), sized('a', 1.2)],
      safeties: [{ candidate: ours, kind: 'giveback', outcomes }],
    });
    assert.deepEqual(shortfalls({ runs: [older, run('26.10.0', {})] }), [
      '*Every request its own size*, Node 20: giveback fixed holds 1.50 times what is live, a 1.20.',
      '*Misuse*: a double give lends one buffer to two with giveback fixed.',
    ]);
  });
});

describe('the page', () => {
  it('has a column for each Node, a table for each scenario, and leads to the hot path', () => {
    const timings = [timing('same', row('bare list', 4), row(ours, 7))];
    const results: Results = {
      version: 1,
      date: '2026-01-01T00:00:00.000Z',
      machine: { processor: 'Intel', cores: 2, memoryBytes: 2 ** 34, system: 'Linux', load: 0 },
      plan: {
        rounds: 5,
        span: { warmUp: 1, measured: 1 },
        kinds: [],
        sizedRounds: 0,
        moments: [],
      },
      packages: { giveback: '0.1.0' },
      runs: [run('20.20.2', { timings }), run('26.10.0', { timings })],
    };
    const page = pageOf(results, undefined);
    assert.match(page, /### Title of same/);
    assert.match(page, /\| {2}\| Node 20 \| Node 26 \|/);
    assert.match(page, /\[hot-path.md\]\(hot-path.md\)/);
  });
});
