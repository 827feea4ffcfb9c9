import { formatMegabytes, formatRatio } from '../core/units.ts';
import { highOf } from '../measure/high.ts';
import { mean, peak, residentIn, type Samples } from '../results/samples.ts';
import type { ProcessSummary, TrialSummary } from '../results/trial-summary.ts';
import type { Settings } from '../workloads/settings.ts';
import { recoveryOf } from './recovery.ts';

/** Below this many live bytes the ratio to them says nothing. */
export const LITTLE = 4_000_000;

/** The cost as it is shown: `1.11×`, or `12 MB`. */
export function formatCost(summary: TrialSummary): string {
  return hasRatio(summary)
    ? formatRatio(Number(summary.peakRatio))
    : formatMegabytes(summary.peakResidentBytes);
}

/** `peak resident 1.11× peak live`, or `peak resident 12 MB`. */
export function describeCost(summary: TrialSummary): string {
  return `peak resident ${formatCost(summary)}${hasRatio(summary) ? ' peak live' : ''}`;
}

function hasRatio({ peakLiveBytes }: TrialSummary): boolean {
  return peakLiveBytes >= LITTLE;
}

/** Summarizes a finished trial. `idleBytes` is the resident memory of the idle process at the start. */
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
    peakRatio: ratioOf(peakResidentBytes, peakLiveBytes),
    meanRatio: ratioOf(meanResidentBytes, meanLiveBytes),
    makes: samples.makes.at(-1) ?? 0,
    frees: samples.frees.at(-1) ?? 0,
    ...process,
    ...(recovery && { recovery }),
    ...(settings.replay && { allocated: allocatedIn(samples) }),
  };
}

function allocatedIn({ HeapAlloc }: Samples): { highBytes: number; meanBytes: number } {
  return { highBytes: highOf(HeapAlloc), meanBytes: Math.round(mean(HeapAlloc)) };
}

/** A single run does not determine more decimals. JSON has no word for a ratio to nothing. */
function ratioOf(resident: number, live: number): number | null {
  return live > 0 ? Number((resident / live).toFixed(3)) : null;
}
