import type { PageData } from '../page-data.ts';

/** Columns of the timeline: the first one, and the first one after it. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export function isWhole({ from, to }: Range, { columns }: PageData): boolean {
  return from === 0 && to === columns;
}

/** Bytes that each stack allocated in a range. */
export function bytesIn(range: Range, data: PageData): ArrayLike<number> {
  const { bytes, columns } = data.stacks;
  if (isWhole(range, data)) return bytes;
  return columns.map((entries) => {
    let sum = 0;
    for (let at = 0; at < entries.length; at += 2) {
      const column = entries[at] as number;
      if (column >= range.from && column < range.to) sum += entries[at + 1] as number;
    }
    return sum;
  });
}

/** Bytes by site id; 0 is what belongs to none. */
export function bytesBySite(bytes: ArrayLike<number>, { stacks }: PageData): Map<number, number> {
  const sites = new Map<number, number>();
  stacks.sites.forEach((site, stack) => {
    sites.set(site, (sites.get(site) ?? 0) + (bytes[stack] ?? 0));
  });
  return sites;
}
