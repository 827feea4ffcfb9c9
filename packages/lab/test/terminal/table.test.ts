import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { barFormat } from '../../src/terminal/progress.ts';
import { terminalTable } from '../../src/terminal/table.ts';
import { runOf } from '../helpers/runs.ts';

const trials = (resident: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ resident: resident + index, p50: 1 + index / 7 }));

const runs = {
  'single trials': runOf({ none: trials(2_200, 1), elastic: trials(1_060, 1) }),
  'trials with ranges': runOf({ none: trials(2_200, 5), 'small-young': trials(1_060, 5) }),
  'moved bytes': runOf({ none: trials(220, 3), elastic: trials(106, 3) }, { concurrency: 4 }),
  'a burst': runOf({ none: [{ resident: 900, backAfter: null }] }, { givenAt: 5 }),
  'failed trials': runOf({ none: ['failed', 'failed'], elastic: trials(106, 2) }),
};

function tableLines(text: string): string[] {
  return stripVTControlCharacters(text)
    .split('\n')
    .filter((line) => /^[┌│├└]/.test(line));
}

for (const [name, run] of Object.entries(runs))
  test(`${name}: the table fits 80 columns, and says which of its columns have no room`, () => {
    const wide = terminalTable(run, Infinity);
    const narrow = terminalTable(run, 80);
    for (const line of tableLines(narrow)) assert.ok([...line].length <= 80, line);
    assert.doesNotMatch(wide, /No room for/);
    const [, dropped = ''] = /No room for (.*): see the report\./.exec(narrow) ?? [];
    const head = (text: string): string[] =>
      (tableLines(text)[1] ?? '').split('│').map((cell) => cell.trim());
    const missing = head(wide).filter((column) => !head(narrow).includes(column));
    assert.deepEqual(
      missing.filter((column) => column !== 'runtime'),
      dropped.split(', '),
    );
    for (const kept of ['strategy', 'ratio', 'to none']) assert.ok(head(narrow).includes(kept));
  });

test('in a very narrow terminal the names and the figure of most weight remain', () => {
  const lines = tableLines(terminalTable(runs['a burst'], 20));
  assert.match(lines[1] ?? '', /strategy +│ +back after/);
});

test('a failure is told in a line below the table', () => {
  const text = stripVTControlCharacters(terminalTable(runs['failed trials'], 80));
  assert.match(
    text,
    /\nnone on node 20\.20\.2 trial 2 failed: exit code 1: out of memory \(after 7 ticks\)\n/,
  );
});

test('the line of progress has room for its number at every width from 60 columns', () => {
  const NOTE = 36;
  for (const columns of [60, 72, 80, 100, 200])
    for (const ticks of [30, 3_000, 1_000_000])
      for (const name of ['none on node', `small-young on ${'/long'.repeat(20)}, 2 of 5`]) {
        const { label, barsize } = barFormat(name, ticks, columns);
        const bar = barsize > 0 ? barsize + 1 : 0;
        const count = 2 * String(ticks).length + 1;
        const length = label.length + 1 + bar + count + 2 + NOTE;
        assert.ok(length <= columns, `${columns} columns, ${ticks}: ${length}`);
      }
  assert.ok(barFormat('none on node', 600, 80).barsize >= 4, 'a bar at 80 columns');
});

test('what was interrupted has not failed', () => {
  const run = runOf({ none: ['failed'], elastic: trials(106, 1) });
  const [none, elastic] = run.trials as [(typeof run.trials)[0], (typeof run.trials)[0]];
  const interrupted = { ...none, status: 'interrupted' as const, failure: null };
  const text = stripVTControlCharacters(
    terminalTable({ ...run, trials: [interrupted, elastic] }, 80),
  );
  assert.match(text, /│ none +│ interrupted /);
  assert.match(text, /\nnone on node 20\.20\.2 interrupted \(after 7 ticks\)\n/);
  assert.doesNotMatch(text, /failed/);
});
