import { residentIn, type Samples } from '../results/samples.ts';
import type { Recovery } from '../results/trial-summary.ts';
import type { Settings } from '../workloads/settings.ts';

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
