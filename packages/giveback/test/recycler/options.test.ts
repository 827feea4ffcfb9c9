import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recycler, type RecyclerOptions } from '../../src/index.ts';

const make = () => ({});
const type = { name: 'TypeError', code: 'ERR_GIVEBACK_TYPE' };
const range = { name: 'RangeError', code: 'ERR_GIVEBACK_RANGE' };

const wrong: [options: unknown, error: { name: string; code: string }, message: string][] = [
  [undefined, type, 'Expected `options` to be an object, got `undefined`.'],
  [null, type, 'Expected `options` to be an object, got `null`.'],
  [{}, type, 'Expected `make` to be a function, got `undefined`.'],
  [{ make: 'x' }, type, 'Expected `make` to be a function, got `"x"` (string).'],
  [{ make, reset: 1 }, type, 'Expected `reset` to be a function, got `1` (number).'],
  [{ make, free: [] }, type, 'Expected `free` to be a function, got an array (object).'],
  [
    { make, maxIdle: -1 },
    range,
    'Expected `maxIdle` to be an integer from 0 up, or Infinity, got `-1` (number).',
  ],
  [
    { make, maxIdle: 1.5 },
    range,
    'Expected `maxIdle` to be an integer from 0 up, or Infinity, got `1.5` (number).',
  ],
  [
    { make, maxIdle: Number.NaN },
    range,
    'Expected `maxIdle` to be an integer from 0 up, or Infinity, got `NaN` (number).',
  ],
  [
    { make, maxIdle: 5n },
    type,
    'Expected `maxIdle` to be an integer from 0 up, or Infinity, got `5` (bigint).',
  ],
  [
    { make, idleTimeout: 0 },
    range,
    'Expected `idleTimeout` to be milliseconds above 0, or Infinity, got `0` (number).',
  ],
  [
    { make, idleTimeout: '1s' },
    type,
    'Expected `idleTimeout` to be milliseconds above 0, or Infinity, got `"1s"` (string).',
  ],
  [{ make, check: 0 }, type, 'Expected `check` to be true or false, got `0` (number).'],
  [
    { make, name: new Map() },
    type,
    'Expected `name` to be a string, got an instance of `Map` (object).',
  ],
  [
    { make, maxIdel: 5 },
    type,
    'Expected an option among `make`, `reset`, `free`, `maxIdle`, `idleTimeout`, `check`, `name`, got `maxIdel`.',
  ],
];

for (const [options, error, message] of wrong) {
  test(message, () => {
    assert.throws(() => new Recycler(options as RecyclerOptions<object>), { ...error, message });
  });
}
