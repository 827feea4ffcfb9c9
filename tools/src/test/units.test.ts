import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tickStep, withUnit } from '../dashboard/units.ts';

const MiB = 1024 * 1024;

test('values are written in the unit of their panel', () => {
  for (const [value, unit, text] of [
    [0, 'bytes', '0 B'],
    [1023, 'bytes', '1020 B'],
    [48 * MiB, 'bytes', '48 MiB'],
    [0, 's', '0 s'],
    [0.0042, 's', '4.2 ms'],
    [2.5, 's', '2.5 s'],
    [0.6241, 'percentunit', '62.4%'],
    [0, 'ops', '0/s'],
    [1500, 'ops', '1.5 k/s'],
    [33, 'none', '33'],
  ] as const)
    assert.equal(withUnit(value, unit), text);
});

test('ticks are round in the unit, and few', () => {
  for (const [highest, unit, step] of [
    [450 * MiB, 'bytes', 128 * MiB],
    [0, 'none', 1],
    [3, 'none', 1],
    [33, 'none', 10],
    [0.28, 's', 0.1],
    [1, 'percentunit', 0.25],
    [1040, 'ops', 500],
  ] as const)
    assert.equal(tickStep(highest, unit), step, `${highest} ${unit}`);
});
