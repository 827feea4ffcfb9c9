import type { Candidate, Pool, Settings } from './candidate.ts';
import { viewsOf } from './size-classed.ts';

/** A pool that lends bytes of one size. */
export async function openOneSize(
  candidate: Candidate,
  size: number,
  settings: Settings = {},
): Promise<Pool<Uint8Array>> {
  const { bytes, chunks, things } = candidate;
  if (chunks !== undefined) return chunks(size);
  if (bytes !== undefined) return bytes(settings);
  const make = () => Buffer.allocUnsafeSlow(size);
  if (things !== undefined) return things<Uint8Array>({ make, ...settings });
  throw new Error(`Expected ${candidate.name} to open a pool.`);
}

/** A pool that lends bytes of any size. */
export async function openAnySize(candidate: Candidate): Promise<Pool<Uint8Array>> {
  const { bytes, things } = candidate;
  if (bytes !== undefined) return bytes({});
  if (things !== undefined) return viewsOf((size) => things({ make: () => new ArrayBuffer(size) }));
  throw new Error(`Expected ${candidate.name} to open a pool.`);
}

/** Whether it lends one size only, and so needs a pool for each power of two where sizes differ. */
export function needsSizeClasses({ bytes, chunks }: Candidate): boolean {
  return bytes === undefined || chunks !== undefined;
}

/** Whether it can lend bytes. */
export function lendsBytes({ name }: Candidate): boolean {
  return name !== 'new object';
}

/** Whether it is measured in a scenario, or in another part of the bench. */
export function isMeasuredIn({ only }: Candidate, part: string): boolean {
  return only?.includes(part) ?? true;
}
