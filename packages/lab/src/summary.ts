import type { ProcessSummary } from './messages.ts';
import { type Recovery, recoveryOf } from './recovery.ts';
import { mean, peak, residentIn, type Samples } from './samples.ts';
import type { Settings } from './settings.ts';

/** A finished trial in a few numbers. Bytes are more than the idle process had at its start. */
export interface TrialSummary extends ProcessSummary {
  readonly peakResidentBytes: number;
  readonly peakLiveBytes: number;
  readonly meanResidentBytes: number;
  readonly meanLiveBytes: number;
  /** Peak resident ÷ peak live: what a machine needs for each byte in use. The figure to compare. */
  readonly peakRatio: number;
  /** Mean resident ÷ mean live, over all ticks. */
  readonly meanRatio: number;
  readonly makes: number;
  readonly frees: number;
  /** Of a workload that gives everything back in the end. */
  readonly recovery?: Recovery;
}

export function summarize(
  samples: Samples,
  process: ProcessSummary,
  settings: Settings,
  idleBytes: number,
): TrialSummary {
  const recovery = recoveryOf(samples, settings, idleBytes);
  const resident = residentIn(samples);
  const peakResidentBytes = peak(samples.HeapSys);
  const peakLiveBytes = peak(samples.bytes);
  const meanResidentBytes = Math.round(mean(resident));
  const meanLiveBytes = Math.round(mean(samples.bytes));
  return {
    peakResidentBytes,
    peakLiveBytes,
    meanResidentBytes,
    meanLiveBytes,
    peakRatio: rounded(peakResidentBytes / peakLiveBytes),
    meanRatio: rounded(meanResidentBytes / meanLiveBytes),
    makes: samples.makes.at(-1) ?? 0,
    frees: samples.frees.at(-1) ?? 0,
    ...process,
    ...(recovery && { recovery }),
  };
}

/** More decimals would claim what a single run cannot know. */
function rounded(ratio: number): number {
  return Number(ratio.toFixed(3));
}
