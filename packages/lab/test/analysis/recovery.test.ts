import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recoveryOf } from '../../src/analysis/recovery.ts';
import type { Samples } from '../../src/results/samples.ts';
import type { Recovery } from '../../src/results/trial-summary.ts';

const MB = 1_000_000;
const IDLE = 40 * MB;
const SETTINGS = { ticks: 8, tickMs: 10, idleTimeoutMs: 20, givenAt: 3 };

/** What is resident at each tick, in megabytes; the peak is 100. */
function recovery(resident: readonly number[]): Recovery | undefined {
  const none = resident.map(() => 0);
  const samples: Samples = {
    HeapSys: resident.map(() => 100 * MB),
    HeapReleased: resident.map((megabytes) => (100 - megabytes) * MB),
    bytes: none,
    HeapAlloc: none,
    HeapIdle: none,
    makes: none,
    frees: none,
  };
  return recoveryOf(samples, SETTINGS, IDLE);
}

test('back is within 5% and 10 MB of the idle process, for good', () => {
  // The limit is 12 MB; the line of tick 5 is written 30 ms after the give at the beginning of tick 3.
  assert.deepEqual(recovery([0, 100, 100, 100, 100, 12, 11, 3]), {
    limitBytes: 12 * MB,
    afterMs: 30,
    residentBytes: 3 * MB,
  });
  assert.equal(recovery([0, 100, 100, 12, 100, 100, 13, 3])?.afterMs, 50, 'it rose again');
  assert.equal(recovery([0, 100, 100, 0, 0, 0, 0, 0])?.afterMs, 10, 'at once');
});

test('what stays is said where it does not come back', () => {
  assert.equal(recovery([0, 100, 100, 100, 100, 3, 3, 13])?.afterMs, null);
  assert.equal(recovery([0, 100, 100, 100, 100, 3, 3, 13])?.residentBytes, 13 * MB);
});

test('a workload that gives nothing back in the end has no recovery', () => {
  const { givenAt: _, ...settings } = SETTINGS;
  const samples = Object.fromEntries(
    ['HeapSys', 'HeapReleased', 'bytes', 'HeapAlloc', 'HeapIdle', 'makes', 'frees'].map((name) => [
      name,
      [1],
    ]),
  ) as unknown as Samples;
  assert.equal(recoveryOf(samples, settings, IDLE), undefined);
});
