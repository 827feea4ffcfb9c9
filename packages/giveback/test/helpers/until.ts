import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasRested, ticks } from '../../src/core/scavenger.ts';

/** Waits until `isSo`: as long as it takes on a busy machine, but not for ever. */
export async function until(isSo: () => boolean, every = 5): Promise<void> {
  const before = performance.now();
  while (!isSo()) {
    assert.ok(performance.now() - before < 240_000, `Not so after four minutes: ${isSo}`);
    await sleep(every);
  }
}

/** Waits until what was given by now has rested. Something must be idle, or the clock stands still. */
export async function untilRested(): Promise<void> {
  const given = ticks.now;
  await until(() => hasRested(given));
}
