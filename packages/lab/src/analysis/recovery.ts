import { residentIn, type Samples } from '../results/samples.ts';
import type { Recovery } from '../results/trial-summary.ts';
import type { Settings } from '../workloads/settings.ts';

/**
 * When resident memory was back after everything was given back; `undefined` for a workload that does not do that.
 * `idleBytes` is the resident memory of the idle process at the start.
 */
export function recoveryOf(
  samples: Samples,
  { givenAt, tickMs }: Settings,
  idleBytes: number,
): Recovery | undefined {
  if (givenAt === undefined) return undefined;
  const limitBytes = Math.round(0.05 * idleBytes + 10e6);
  const resident = residentIn(samples);
  const lastAbove = resident.findLastIndex((bytes) => bytes > limitBytes);
  // A tick's line is written at the end of the tick.
  const ticks = Math.max(lastAbove + 1, givenAt) - givenAt + 1;
  const isBack = lastAbove < resident.length - 1;
  return {
    limitBytes,
    afterMs: isBack ? ticks * tickMs : null,
    residentBytes: resident.at(-1) ?? 0,
  };
}
