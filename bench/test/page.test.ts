import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pageOf } from '../src/report/page.ts';
import { shortfalls } from '../src/report/shortfalls.ts';
import type { Results, Run, Timing, TimingRow } from '../src/results.ts';
import { runOf, someHost } from './helpers.ts';

function row(candidate: string, nanoseconds: number, more: Partial<TimingRow> = {}): TimingRow {
  const sample = { nanoseconds, waited: 0, collecting: 0, heapBytes: 0, peakBytes: 0 };
  const kind = candidate.startsWith('giveback') ? 'giveback' : 'peer';
  const limit = 'list with view';
  const found = { samples: [sample], ratios: [1] };
  return { candidate, kind, lends: 'view', limit, sizeClassed: false, ...found, ...more };
}

function timing(scenario: string, ...rows: TimingRow[]): Timing {
  return { scenario, title: `Title of ${scenario}`, limit: 'list with view', rows };
}

const ours = 'giveback fixed';

describe('where giveback is not best', () => {
  it('is told by the newest Node of each table, with its name', () => {
    const older = [
      timing('same', row(ours, 10), row('a', 5)),
      timing('burst', row(ours, 20), row('b', 8, { lends: 'store' })),
    ];
    const newer = [timing('same', row(ours, 7), row('c', 3))];
    const runs = [runOf('24.21.0', { timings: older }), runOf('26.10.0', { timings: newer })];
    assert.deepEqual(shortfalls({ runs }), [
      '*Title of same*, Node 26: giveback fixed takes 7.0 ns, c 3.0 ns.',
      '*Title of burst*, Node 24: giveback fixed takes 20.0 ns, b 8.0 ns (no view).',
    ]);
  });

  it('is not told where nobody is faster', () => {
    const timings = [timing('same', row(ours, 10), row('a', 9.5))];
    assert.deepEqual(shortfalls({ runs: [runOf('26.10.0', { timings })] }), []);
  });

  it('tells memory and misuse of an older Node where the newest did not measure them', () => {
    const sized = (candidate: string, peakRatio: number) => ({
      ...row(candidate, 1),
      rounds: [{ peakRatio, p50: 1, p99: 1, makes: 1 }],
    });
    const outcomes = {
      'double give': { 'throws ERR_GIVEBACK_NOT_LEASED': 5, 'lends one buffer to two': 1 },
    };
    const older = runOf('20.20.2', {
      sized: [sized(ours, 1.5), sized('a', 1.2)],
      safety: [{ candidate: ours, kind: 'giveback', outcomes }],
    });
    assert.deepEqual(shortfalls({ runs: [older, runOf('26.10.0', {})] }), [
      '*Every request its own size*, Node 20: giveback fixed holds 1.50 times what is live, a 1.20.',
      '*Misuse*: a double give lends one buffer to two with giveback fixed.',
    ]);
  });
});

function resultsOf(...runs: Run[]): Results {
  return {
    version: 3,
    date: '2026-01-01T00:00:00.000Z',
    host: someHost,
    load: 0,
    plan: {
      rounds: 5,
      span: { warmUp: 1, measured: 1 },
      kinds: [],
      sizedRounds: 0,
      growthRounds: 0,
      moments: [],
    },
    packages: { giveback: '0.1.0' },
    runs,
  };
}

describe('the page', () => {
  const timings = [
    timing(
      'same',
      row('list with view', 20, { kind: 'bare' }),
      row(ours, 30),
      row('a', 3, { lends: 'store' }),
      row('giveback elastic', 300, { limit: 'list with view, resizable' }),
    ),
  ];
  const page = pageOf(
    resultsOf(runOf('20.20.2', { timings }), runOf('26.10.0', { timings })),
    undefined,
  );

  it('has a column for each Node, a table for each scenario, and leads to the hot path', () => {
    assert.match(page, /### Title of same/);
    assert.match(page, /\| {2}\| lends \| heap bytes a cycle \| Node 20 \| Node 26 \|/);
    assert.match(page, /\[hot-path.md\]\(hot-path.md\)/);
  });

  it('tells who lends a view and who the store, and by which limit each ratio is', () => {
    assert.match(page, /\| \*\*giveback fixed\*\* \| a view \|/);
    assert.match(page, /\| a \| the store \|/);
    assert.match(
      page,
      /The limit: list with view; of giveback elastic: list with view, resizable\./,
    );
  });

  it('holds what was measured against what giveback sets itself', () => {
    assert.match(
      page,
      /`same`: giveback fixed ÷ list with view \| ≤ 1\.30× \| \*\*1\.50×\*\* \| \*\*1\.50×\*\*/,
    );
    assert.match(page, /`same`: giveback elastic \| ≤ 350 ns \| 300 ns \| 300 ns/);
  });

  it('leaves out what was not measured, and every placeholder', () => {
    assert.doesNotMatch(page, /## Misuse|## Memory after a burst|{{/);
  });

  it('tells harm from what is refused, and counts what ours went through', () => {
    const code = 'throws ERR_GIVEBACK_NOT_LEASED';
    const safety = [
      {
        candidate: ours,
        kind: 'giveback' as const,
        outcomes: { 'double give': { [code]: 7 }, 'read after give': { 'finds length 0': 2 } },
      },
      {
        candidate: 'a',
        kind: 'peer' as const,
        outcomes: { 'double give': { 'lends one buffer to two': 1 } },
      },
    ];
    const text = pageOf(resultsOf(runOf('20.20.2', { safety })), undefined);
    assert.match(text, /\| \*\*giveback fixed\*\* \| refused \|/);
    assert.match(text, /\| a \| \*\*lends one buffer to two\*\* \|/);
    assert.match(text, /\| double give \| 7 throws ERR_GIVEBACK_NOT_LEASED \|/);
    assert.match(text, /giveback goes through 10,000 of them/);
  });
});
