import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { renderSvg } from '../../src/pictures/svg.ts';
import { describeCharts } from '../../src/report/charts.ts';
import { renderPage } from '../../src/report/page.ts';
import { readResults } from '../../src/results/reader.ts';
import { lab } from '../helpers/lab.ts';
import { CSV, copy, cwd, edit, type Json, prepare, refuses, refusesToRead } from './hostile.ts';

before(prepare);

const CONTROLS = [
  '\x1b[2J',
  '\x07',
  '\r\n',
  '\x9b31m',
  '\u202e',
  '\u2028',
  '\x7f',
  '\ud800',
  '\uffff',
];

/** Every text of a run that is shown somewhere. */
const TEXTS: Readonly<Record<string, (run: Json, trial: Json, text: string) => void>> = {
  'host.cpu': (run, _, text) => Object.assign(run.host as Json, { cpu: text }),
  'options.workload': (run, _, text) => Object.assign(run.options as Json, { workload: text }),
  'options.strategies': (run, _, text) =>
    Object.assign(run.options as Json, { strategies: [text, 'none'] }),
  lab: (run, _, text) => Object.assign(run, { lab: text }),
  startedAt: (run, _, text) => Object.assign(run, { startedAt: text }),
  skipped: (run, _, text) => Object.assign(run, { skipped: [{ runtime: 'x', reason: text }] }),
  strategy: (_, trial, text) => Object.assign(trial, { strategy: text }),
  'runtime.version': (_, trial, text) => Object.assign(trial.runtime as Json, { version: text }),
  failure: (_, trial, text) => {
    const failure = { exitCode: 1, signal: null, reason: text, lastWords: [text] };
    Object.assign(trial, { status: 'failed', summary: null, failure });
  },
  signal: (_, trial, text) => {
    const failure = { exitCode: null, signal: text, reason: '', lastWords: [] };
    Object.assign(trial, { status: 'failed', summary: null, failure });
  },
};

test('control characters, wherever they are, are refused in a line that has none', async () => {
  for (const put of Object.values(TEXTS)) {
    for (const control of CONTROLS) {
      const folder = copy();
      edit(folder, (run, trial) => put(run, trial, `before${control}after`));
      refusesToRead(folder, /without control characters, got "before\\u/);
      rmSync(folder, { recursive: true });
    }
  }
  const folder = copy();
  edit(folder, (run) => Object.assign(run.host as Json, { cpu: '\x1b]0;title\x07' }));
  await refuses(folder, /`host\.cpu` to be text without control characters/);
  writeFileSync(join(folder, 'run.json'), '\x1b[31m{');
  await refuses(folder, /not valid JSON/);
  const other = copy();
  writeFileSync(
    join(other, CSV),
    readFileSync(join(other, CSV), 'utf8').replace('\n', '\n\x1b[31m'),
  );
  await refuses(other, /expected line 2 to be 7 whole numbers, got `\\u001b/);
});

test('what nobody looks at is printed as JSON without control characters', async () => {
  const folder = copy();
  edit(folder, (run) => Object.assign(run, { 'note\x9b31m': 'a\u009bb\x7f\u202e\n' }));
  const { code, stdout } = await lab(['report', folder, '--json'], { cwd });
  assert.equal(code, 0);
  assert.match(stdout, /^(?:[^\p{C}]*\n)+$/u);
  assert.equal(JSON.parse(stdout)['note\x9b31m'], 'a\u009bb\x7f\u202e\n');
});

test('text is text in the page and in the charts, wherever it comes from', () => {
  const markup = `"'></script></text><script>alert(1)</script><img src=x onerror=alert(2)>{a|b}`;
  for (const [where, put] of Object.entries(TEXTS)) {
    const folder = copy();
    edit(folder, (run, trial) => put(run, trial, markup));
    const results = readResults(folder);
    const { compare, trials, sideBySide } = describeCharts(results);
    const page = renderPage(results.run, compare, trials);
    const own = page.replace(/<script>.*?<\/script>/s, '');
    for (const text of [
      own,
      ...[compare, ...trials, sideBySide].map((c) => renderSvg(c.chart, c.size)),
    ])
      assert.doesNotMatch(text, /<script>alert|<img/, where);
    rmSync(folder, { recursive: true });
  }
});

const WRONG: readonly unknown[] = [-1, -0.001, '5', null, true, [], {}, [1]];

test('numbers that are none, infinite, negative or absurd, and types that are others', () => {
  const folder = copy();
  const path = join(folder, 'run.json');
  edit(folder, (run, trial) => {
    // What is not drawn is not looked at.
    delete trial.idle;
    const { summary } = trial as { summary: Json };
    summary.gc = { count: 1, ms: 1 };
    Object.assign(run.options as Json, { givenAt: 3, concurrency: 2 });
  });
  const good = readFileSync(path, 'utf8');
  const places = [...good.matchAll(/"(\w+)":\d+(?:\.\d+)?(?=[,}])/g)];
  assert.ok(places.length > 20);
  for (const { 0: whole, 1: name, index } of places) {
    for (const wrong of [...WRONG.map((value) => JSON.stringify(value)), '1e999', '1e300']) {
      const spoilt = `${good.slice(0, index)}"${name}":${wrong}${good.slice(index + whole.length)}`;
      writeFileSync(path, spoilt);
      refusesToRead(folder, new RegExp(`expected .*${name}`), `${name}: ${wrong}`);
    }
  }
  writeFileSync(path, good.replace(/"seed":\d+/, '"seed":NaN'));
  refusesToRead(folder, /not valid JSON/);
});

test('lists that are too long, names that are taken, summaries of what never finished', () => {
  const cases: [(run: Json, trial: Json) => void, RegExp][] = [
    [(run, trial) => Object.assign(run, { trials: Array(300).fill(trial) }), /at most 256/],
    [(run, trial) => Object.assign(run, { trials: [trial, trial] }), /nothing else has/],
    [(_, trial) => Object.assign(trial, { name: 'compare' }), /nothing else has/],
    [(_, trial) => Object.assign(trial, { name: 'charts' }), /nothing else has/],
    [(_, trial) => Object.assign(trial, { name: '../up' }), /`trials\[0\]\.name`/],
    [(_, trial) => Object.assign(trial, { name: 'x\n' }), /`trials\[0\]\.name`/],
    [(_, trial) => Object.assign(trial, { rows: 1e9 }), /lines together/],
    [(_, trial) => Object.assign(trial, { rows: 1.5 }), /whole number/],
    [(_, trial) => Object.assign(trial, { status: 'interrupted' }), /`trials\[0\]\.summary`/],
    [(_, trial) => Object.assign(trial, { failure: 5 }), /`trials\[0\]\.failure`/],
    [
      (run) => Object.assign(run.options as Json, { strategies: Array(1e5).fill('x') }),
      /at most 16/,
    ],
    [(run) => Object.assign(run.host as Json, { cpu: 'x'.repeat(1e6) }), /at most 1000/],
    [(run) => Object.assign(run.options as Json, { givenAt: 3, idleTimeoutMs: undefined }), /idle/],
  ];
  for (const [change, message] of cases) {
    const folder = copy();
    edit(folder, change);
    refusesToRead(folder, message);
    rmSync(folder, { recursive: true });
  }
});

test('a CSV of absurd lines', () => {
  const header = readFileSync(join(cwd, 'good', CSV), 'utf8').split('\n')[0];
  const folder = copy();
  for (const body of [
    '\n'.repeat(1000),
    `${','.repeat(2000)}\n`,
    `${'9'.repeat(400)},1,1,1,1,1,1\n`,
    '-1,1,1,1,1,1,1\n',
    '1e9,1,1,1,1,1,1\n',
    'NaN,1,1,1,1,1,1\n',
    '0x1,1,1,1,1,1,1\n',
    '1,1,1,1,1,1\n',
    '\0\0\0\n',
  ]) {
    writeFileSync(join(folder, CSV), `${header}\n${body}`);
    refusesToRead(folder, /expected line 2 to be 7 whole numbers/);
  }
});

test('the largest and the least numbers are drawn', () => {
  const most = Number.MAX_SAFE_INTEGER;
  for (const number of [0, most]) {
    const folder = copy();
    edit(folder, (run, trial) => {
      const { summary } = trial as { summary: Json };
      for (const name of ['peakResidentBytes', 'peakLiveBytes', 'peakRatio', 'makes', 'wallMs'])
        summary[name] = number;
      if (number === 0)
        Object.assign(summary, { peakRatio: null, meanLiveBytes: 0, meanRatio: null });
      summary.unitMs = { p50: number, p99: number, max: number };
      summary.moved = { bytes: number, ms: number, errors: number };
      summary.recovery = { limitBytes: number, residentBytes: number, afterMs: number };
      const of = { ticks: number, tickMs: number, givenAt: number, idleTimeoutMs: number };
      Object.assign(run.options as Json, of, { seed: number, concurrency: number });
      Object.assign(run.host as Json, { cpus: number, memoryBytes: number });
    });
    const results = readResults(folder);
    const { compare, trials, sideBySide } = describeCharts(results);
    for (const { chart, size } of [compare, ...trials, sideBySide]) renderSvg(chart, size);
    renderPage(results.run, compare, trials);
  }
});
