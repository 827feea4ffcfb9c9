import { formatMegabytes, formatRatio } from '../core/units.ts';
import { mean, peak, residentIn, type Samples } from '../results/samples.ts';
import type { ProcessSummary, TrialSummary } from '../results/trial-summary.ts';
import type { Settings } from '../workloads/settings.ts';
import { recoveryOf } from './recovery.ts';

/** Below this next to nothing is live, and a ratio to it says nothing. */
export const LITTLE = 4_000_000;

/**
 * What to compare, less being better: the peak ratio, or peak resident bytes where little is ever live.
 * What looks equal is equal: the digits that are not shown are noise.
 */
export function costOf(summary: TrialSummary): number {
  return hasRatio(summary)
    ? Number(summary.peakRatio.toFixed(2))
    : Math.round(summary.peakResidentBytes / 1e6) * 1e6;
}

/** `1.11×`, or `12 MB`. */
export function formatCost(summary: TrialSummary): string {
  return hasRatio(summary)
    ? formatRatio(summary.peakRatio)
    : formatMegabytes(summary.peakResidentBytes);
}

/** `peak resident 1.11× peak live`, or `peak resident 12 MB`. */
export function describeCost(summary: TrialSummary): string {
  return `peak resident ${formatCost(summary)}${hasRatio(summary) ? ' peak live' : ''}`;
}

function hasRatio({ peakLiveBytes }: TrialSummary): boolean {
  return peakLiveBytes >= LITTLE;
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
