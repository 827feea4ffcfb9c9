import type { Profile } from '../profile-format.ts';
import { callsOf, type PageCalls } from './call-tree.ts';

/** What the page's script needs of a profile, with every text made safe to show and cut to a length that fits. */
export interface PageData extends PageCalls {
  readonly columns: number;
  readonly stepMs: number;
  readonly sites: readonly PageSite[];
  readonly lines: PageLines;
}

/** What the rows of sites are in order of, and what changes in them when a range is selected. */
export interface PageSite {
  readonly id: number;
  readonly bytes: number;
  readonly error: number;
  readonly peakBytes: number;
  readonly shortLivedBytes: number;
}

export interface PageLines {
  readonly allocated: readonly number[];
  readonly held: readonly number[] | null;
  readonly external: readonly (number | null)[];
  readonly resident: readonly (number | null)[];
  /** Milliseconds, bytes. */
  readonly looks: readonly (readonly [number, number])[];
}

const MOST_LOOKS = 300;

export function pageData(profile: Profile): PageData {
  const { timeline, sites } = profile;
  const lines: PageLines = {
    allocated: timeline.allocated.map(Math.round),
    held: timeline.held?.map(Math.round) ?? null,
    external: timeline.external,
    resident: timeline.resident,
    looks: looksOf(timeline),
  };
  return {
    columns: timeline.allocated.length,
    stepMs: timeline.stepMs,
    ...callsOf(profile),
    sites: sites.map(({ id, allocated: { bytes, error }, atPeak, held }) => ({
      id,
      bytes,
      error,
      peakBytes: Math.round(atPeak?.bytes ?? 0),
      shortLivedBytes: Math.round(bytes * (held?.shortLivedShare ?? 0)),
    })),
    lines,
  };
}

/** Of more looks than fit into the chart, the one of each column that found most. */
function looksOf({ looks, stepMs }: Profile['timeline']): PageLines['looks'] {
  const columns = new Map<number, (typeof looks)[number]>();
  for (const look of looks) {
    const key = looks.length <= MOST_LOOKS ? look.ms : Math.floor(look.ms / stepMs);
    const known = columns.get(key);
    if (!known || known.reachable.bytes < look.reachable.bytes) columns.set(key, look);
  }
  return [...columns.values()].map(({ ms, reachable }) => [ms, Math.round(reachable.bytes)]);
}
