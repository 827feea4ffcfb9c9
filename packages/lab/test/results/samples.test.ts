import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summarize } from '../../src/analysis/summary.ts';
import { CSV_HEADER, parseCsv } from '../../src/results/samples.ts';

test('the columns are the article’s', () => {
  assert.equal(CSV_HEADER, 'HeapSys,bytes,HeapAlloc,HeapIdle,HeapReleased,makes,frees');
});

test('a trial is summed up from its lines', () => {
  const samples = parseCsv(
    `${CSV_HEADER}\n300,100,150,150,100,1,0\n400,200,150,250,0,2,1\n`,
    'a.csv',
  );
  const summary = summarize(
    samples,
    {
      wallMs: 1,
      cpuMs: 1,
      gc: null,
      unitMs: { p50: 1, p99: 1, max: 1 },
    },
    { ticks: 2, tickMs: 1, idleTimeoutMs: 60 },
    0,
  );
  assert.equal(summary.peakRatio, 2, 'peak resident 400 ÷ peak live 200');
  assert.equal(summary.meanRatio, 2, 'resident 200 and 400 ÷ live 100 and 200');
  assert.equal(summary.makes, 2);
  assert.equal(summary.frees, 1);
});

test('where nothing is ever live there is no ratio, in JSON either', () => {
  const samples = parseCsv(`${CSV_HEADER}\n200,0,1,1,1,1,1\n400,0,1,1,1,2,1\n`, 'a.csv');
  const unitMs = { p50: 1, p99: 1, max: 1 };
  const settings = { ticks: 2, tickMs: 1, idleTimeoutMs: 60 };
  const summary = summarize(samples, { wallMs: 1, cpuMs: 1, gc: null, unitMs }, settings, 0);
  assert.equal(summary.peakRatio, null);
  assert.equal(summary.meanRatio, null);
  assert.deepEqual(JSON.parse(JSON.stringify(summary)), summary);
});

test('a file that was cut off or edited is refused with its name and line', () => {
  const row = '1,2,3,4,5,6,7';
  const broken: [text: string, message: RegExp][] = [
    ['', /a\.csv: expected the first line/],
    [`HeapSys,bytes\n${row}\n`, /a\.csv: expected the first line/],
    [`${CSV_HEADER}\n${row}\n1,2,3`, /a\.csv: the last line is cut off/],
    [`${CSV_HEADER}\n${row}\n1,2,3\n`, /a\.csv: expected line 3 to be 7 whole numbers/],
    [`${CSV_HEADER}\n1,2,3,4,5,6,x\n`, /a\.csv: expected line 2/],
    [`${CSV_HEADER}\n1,2,3,4,5,6,-7\n`, /a\.csv: expected line 2/],
    [`${CSV_HEADER}\n\n`, /a\.csv: expected line 2/],
  ];
  for (const [text, message] of broken) assert.throws(() => parseCsv(text, 'a.csv'), message);
});
