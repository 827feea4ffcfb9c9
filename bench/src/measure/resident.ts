import { setTimeout as sleep } from 'node:timers/promises';
import { MiB, openResidentSet } from 'giveback-lab/measure';
import type { Candidate, Pool } from '../candidates/candidate.ts';
import { openOneSize } from '../candidates/opening.ts';

/**
 * The idle timeout of every candidate that has one, in milliseconds, so that they are comparable. Their defaults are
 * 30 s, giveback's is 60 s.
 */
const idleTimeout = 10_000;
/** Buffers in the burst. */
export const BURST = 200;
const SIZE = MiB;

/** Resident memory in a burst, and after everything has been given back. */
export interface Resident {
  /** Resident bytes above those before the burst, while everything is lent. */
  readonly lent: number;
  /** The same, some seconds after everything was given back. No collection is forced. */
  readonly after: readonly { readonly seconds: number; readonly bytes: number }[];
}

export async function measureResident(
  candidate: Candidate,
  moments: readonly number[],
): Promise<Resident> {
  const pool = await openOneSize(candidate, SIZE, { idleTimeout });
  const resident = openResidentSet();
  const before = resident.now;
  const bytesMore = () => {
    resident.read();
    return resident.now - before;
  };
  const lent = await getAll(pool);
  const lentBytes = bytesMore();
  while (lent.length > 0) pool.give(lent.pop() as Uint8Array);
  const start = performance.now();
  const after: Resident['after'][number][] = [];
  for (const seconds of moments) {
    await sleep(Math.max(0, seconds * 1000 - (performance.now() - start)));
    after.push({ seconds, bytes: bytesMore() });
  }
  return { lent: lentBytes, after };
}

async function getAll(pool: Pool<Uint8Array>): Promise<Uint8Array[]> {
  const lent: Uint8Array[] = [];
  while (lent.length < BURST) lent.push((await pool.get(SIZE)).fill(1));
  return lent;
}
