import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summarize } from '../../src/analysis/summary.ts';
import { renderPng } from '../../src/pictures/png.ts';
import { renderSvg } from '../../src/pictures/svg.ts';
import { describeCharts } from '../../src/report/charts.ts';
import { renderPage } from '../../src/report/page.ts';
import { axisTo } from '../../src/report/scale.ts';
import type { Trial } from '../../src/results/run.ts';
import type { Samples } from '../../src/results/samples.ts';
import { runOfTrials } from '../helpers/runs.ts';

const TICKS = 50;
const settings = { ticks: TICKS, tickMs: 10, idleTimeoutMs: 600 };
const column = (value: (tick: number) => number): number[] =>
  Array.from({ length: TICKS }, (_, tick) => Math.round(value(tick)));

function trial(strategy: string, factor: number): [Trial, Samples] {
  const samples: Samples = {
    HeapSys: column((tick) => Math.min(150e6 * factor, 10e6 * (tick + 1))),
    bytes: column((tick) => Math.min(150e6, 9e6 * (tick + 1))),
    HeapAlloc: column((tick) => Math.min(140e6, 9e6 * (tick + 1))),
    HeapIdle: column(() => 10e6),
    HeapReleased: column(() => 0),
    makes: column((tick) => (strategy === 'none' ? tick + 1 : Math.min(21, tick + 1))),
    frees: column(() => 0),
  };
  const summary = summarize(
    samples,
    {
      wallMs: 500,
      cpuMs: 100,
      gc: { count: 2, ms: 3, kinds: { minor: { count: 2, ms: 3 } } },
      unitMs: { p50: 0.1, p99: 1, max: 2 },
    },
    settings,
    0,
  );
  const runtime = { asked: 'node', name: 'node', version: '20.20.2', engine: 'V8 11.3' };
  const shared = {
    strategy,
    runtime,
    round: 1,
    status: 'finished' as const,
    rows: TICKS,
    idle: null,
  };
  return [{ ...shared, name: `${strategy}-node`, summary, failure: null }, samples];
}

const samples = new Map([trial('none', 2.2), trial('recycler', 1.1)]);
const run = runOfTrials([...samples.keys()], settings);
const { compare, trials, sideBySide } = describeCharts({ run, samples });
const charts = [compare, ...trials, sideBySide];

test('a chart is plain data, so that page and files are drawn from the same', () => {
  for (const { chart } of charts) assert.deepEqual(JSON.parse(JSON.stringify(chart)), chart);
});

test('a trial’s chart names its axes with their units and every line of the article', () => {
  const none = charts.find(({ name }) => name === 'none-node');
  assert.ok(none);
  const svg = renderSvg(none.chart, none.size);
  const lines = ['HeapSys', 'bytes', 'HeapAlloc', 'HeapIdle', 'HeapReleased', 'makes'];
  for (const text of ['MB', 'ticks of 10 ms', 'none', ...lines]) {
    assert.match(svg, new RegExp(`>${text}</text>`), text);
  }
  assert.match(svg, /peak resident 2\.20× peak live · 50 makes/);
});

test('all charts of a run share one scale', () => {
  const tops = [...trials, sideBySide].flatMap(({ chart }) =>
    (chart.yAxis as { max: number }[]).map(({ max }) => max),
  );
  assert.deepEqual(new Set(tops), new Set([400, 50]));
});

test('an axis ends on a round number that reaches the value', () => {
  for (const value of [0, 1, 7, 21, 99.5, 278, 375, 600, 1_200, 123_456]) {
    const { max, interval } = axisTo(value);
    assert.ok(max >= value && max < Math.max(2 * value, 6), `${value}: ${max}`);
    assert.equal(max, Number((interval * 5).toPrecision(4)));
  }
});

test('text is drawn in the PNG on a machine without any font', () => {
  const box = '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40">';
  const blank = renderPng(`${box}</svg>`);
  const written = renderPng(`${box}<text x="5" y="25" font-family="Arial">÷ × − MB</text></svg>`);
  assert.ok(written.length > blank.length * 1.5, `${written.length} bytes, blank ${blank.length}`);
});

test('the page holds all it needs and fetches nothing', () => {
  const page = renderPage(run, compare, trials);
  // The text of ECharts' bundle, which is too long to print, names tags it never writes.
  const own = page.replace(/<script>.*?<\/script>/s, '');
  assert.ok(page.length - own.length > 500_000);
  const withoutIcon = own.replace('<link rel="icon" href="data:,">', '');
  assert.doesNotMatch(withoutIcon, / src=|<link|@import|https?:/);
  assert.match(
    own,
    /none takes 2\.20×, 2\.0 times as much \(resident ÷ live decides; one trial each\)\./,
  );
  for (const { name } of [compare, ...trials]) assert.ok(own.includes(`id="${name}"`), name);
  for (const word of ['VmHWM', 'HeapReleased', 'peak resident ÷ peak live']) {
    assert.ok(own.includes(word), word);
  }
});
