import { residentIn, type Samples } from './samples.ts';
import type { Settings } from './settings.ts';

/** What became of the memory after all was given back. */
export interface Recovery {
  /** Resident up to this, more than at the start, counts as back where it was: 5% and 10 MB. */
  readonly limitBytes: number;
  /** From the give until resident stays within the limit; `null` if it does not. To a tick, rounded up. */
  readonly afterMs: number | null;
  /** Resident in the end, more than at the start. */
  readonly residentBytes: number;
}

/** `idleBytes` is what of the idle process was resident at the start. */
export function recoveryOf(
  samples: Samples,
  { givenAt, tickMs }: Settings,
  idleBytes: number,
): Recovery | undefined {
  if (givenAt === undefined) return undefined;
  const limitBytes = Math.round(0.05 * idleBytes + 10e6);
  const resident = residentIn(samples);
  const lastAbove = resident.findLastIndex((bytes) => bytes > limitBytes);
  // The line of a tick is written when the tick is over.
  const ticks = Math.max(lastAbove + 1, givenAt) - givenAt + 1;
  const isBack = lastAbove < resident.length - 1;
  return {
    limitBytes,
    afterMs: isBack ? ticks * tickMs : null,
    residentBytes: resident.at(-1) ?? 0,
  };
}
