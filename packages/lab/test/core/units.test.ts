import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatRatio, formatTime, parseTime } from '../../src/core/units.ts';

test('times are read as people write them', () => {
  const expected: Record<string, number> = {
    '10ms': 10,
    '1s': 1_000,
    '1.5s': 1_500,
    '10m': 600_000,
    '2 min': 120_000,
    '1H': 3_600_000,
    ' 5 ms ': 5,
  };
  for (const [text, ms] of Object.entries(expected)) assert.equal(parseTime(text), ms, text);
});

test('what is no time is not guessed at', () => {
  for (const text of ['', '10', 'ms', '-1s', '1e3ms', '10 parsecs', '1s2', 'NaNs', 'constructor']) {
    assert.equal(parseTime(text), undefined, text);
  }
  assert.equal(parseTime('1constructor'), undefined);
});

test('times are written with the unit that fits', () => {
  assert.equal(formatTime(0.1234), '0.12 ms');
  assert.equal(formatTime(1.234), '1.23 ms');
  assert.equal(formatTime(10), '10 ms');
  assert.equal(formatTime(18_000), '18 s');
  assert.equal(formatTime(600_000), '10 min');
});

test('a ratio to nothing is a dash', () => {
  assert.equal(formatRatio(1.0666), '1.07×');
  assert.equal(formatRatio(1 / 0), '–');
  assert.equal(formatRatio(0 / 0), '–');
});
