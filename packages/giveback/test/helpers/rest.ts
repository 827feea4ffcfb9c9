import { setTimeout as sleep } from 'node:timers/promises';
import { hasRested, ticks } from '../../src/core/scavenger.ts';

/**
 * Waits until what was given by now has rested, however late the timers of a busy machine are. Something
 * must be idle meanwhile, or the clock stands still.
 */
export async function untilRested(): Promise<void> {
  const given = ticks.now;
  while (!hasRested(given)) await sleep(10);
}

/** Waits until `isSo`. If it never is, the timeout of the test says which. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(5);
}
