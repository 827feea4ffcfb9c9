import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { relative, spreadOf } from '../src/report/summary.ts';
import { bytesInWords, listed, percent, ratioInWords, timeInWords } from '../src/report/words.ts';

describe('a spread', () => {
  it('is the middle, and the middle half, whatever the order', () => {
    assert.deepEqual(spreadOf([5, 1, 4, 2, 3]), { median: 3, low: 2, high: 4 });
  });

  it('lies between neighbours where the middle does', () => {
    assert.equal(spreadOf([1, 2]).median, 1.5);
    assert.equal(relative(spreadOf([10, 10, 10])), 0);
  });

  it('of nothing is no number', () => {
    assert.ok(Number.isNaN(spreadOf([]).median));
  });
});

describe('figures in words', () => {
  it('have three digits or so, and the unit that fits', () => {
    assert.deepEqual([6.24, 99.96, 999.6, 12_345, 123_456, 4.2e6].map(timeInWords), [
      '6.2 ns',
      '100 ns',
      '1.0 µs',
      '12.3 µs',
      '123 µs',
      '4.2 ms',
    ]);
    assert.deepEqual([1, 9.96, 99.6, 3274, Number.NaN].map(ratioInWords), [
      '1.00×',
      '10.0×',
      '100×',
      '3,274×',
      '–',
    ]);
    assert.deepEqual([0, 0.032, 0.5].map(percent), ['0 %', '3.2 %', '50 %']);
    assert.deepEqual([0.001, 9.1, 96.02].map(bytesInWords), ['0', '9.1', '96']);
    assert.equal(listed(['a', 'b', 'c']), 'a, b and c');
  });
});
