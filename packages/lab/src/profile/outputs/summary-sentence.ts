import { formatBytes, formatTime } from '../../core/units.ts';
import type { Profile, Site } from '../profile-format.ts';
import { placeWords } from './site-words.ts';
import type { Figures } from './summary.ts';

type Told = Pick<Profile, 'sites' | 'durationMs'> & { readonly summary: Figures };

/** The share of the bytes that the sites named by the sentence have at least. */
const MOST = 0.8;

/** The profile in two sentences at most: where the bytes came from, and what was held. */
export function summarySentence({ sites, durationMs, summary }: Told): string {
  const { allocated, counted, peak } = summary;
  if (allocated.samples === 0) {
    return counted.bytes === 0
      ? `No buffer was allocated in ${formatTime(durationMs)}.`
      : `None of the ${formatBytes(counted.bytes)} of buffers that were allocated in ${formatTime(durationMs)} was sampled.`;
  }
  const first = `${formatBytes(allocated.bytes)} ±${percent(allocated.error)} of buffers in ${formatTime(durationMs)}${from(sites)}.`;
  if (peak === null) return first;
  if (peak.reachable.bytes === 0) return `${first} No look found any of it reachable.`;
  const top = [...sites].sort((a, b) => (b.atPeak?.bytes ?? 0) - (a.atPeak?.bytes ?? 0))[0];
  const share = (top?.atPeak?.bytes ?? 0) / peak.reachable.bytes;
  const held = `At the look that found most, after ${formatTime(peak.ms)}, ${formatBytes(peak.reachable.bytes)} ±${percent(peak.reachable.error)} were reachable`;
  return top === undefined || !(share > 0)
    ? `${first} ${held}.`
    : `${first} ${held}, ${percent(share)} of it from site ${top.id}.`;
}

function from(sites: readonly Site[]): string {
  const named: Site[] = [];
  let share = 0;
  for (const site of sites.slice(0, 3)) {
    if (share >= MOST) break;
    named.push(site);
    share += site.share;
  }
  const [only] = named;
  if (only === undefined) return ', none of them from a site';
  return named.length === 1
    ? `, ${percent(share)} from ${placeWords(only)}`
    : `, ${percent(share)} from ${named.length} sites`;
}

export function percent(share: number): string {
  return `${share > 0 && share < 0.01 ? '<1' : Math.round(100 * share)}%`;
}
