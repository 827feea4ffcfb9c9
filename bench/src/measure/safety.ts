import { setTimeout as sleep } from 'node:timers/promises';
import type { Candidate, Pool } from '../candidates/candidate.ts';
import { openOneSize } from '../candidates/opening.ts';
import { KiB } from '../units.ts';

const SIZE = 64 * KiB;
/** How many are got to see whether memory that must not be lent is. */
const TRIES = 4;

export const misuses = {
  'double give': doubleGive,
  'stale give': staleGive,
  'foreign give': foreignGive,
  'give of a slice of Node’s pool': slabGive,
} as const;

export type Misuse = keyof typeof misuses;

/** `refuses`: give returns false. `ignores`: it says nothing. Neither lends what it must not. */
export type Outcome = string;

/** Does what no program should, and sees what comes of it. */
export async function tryMisuse(candidate: Candidate, misuse: Misuse): Promise<Outcome> {
  const pool = await openOneSize(candidate, SIZE);
  // A pool at work: something else is lent all the while.
  await pool.get(SIZE);
  return Promise.race([misuses[misuse](pool), sleep(3000, 'hangs')]);
}

async function doubleGive(pool: Pool<Uint8Array>): Promise<Outcome> {
  const bytes = await pool.get(SIZE);
  await pool.give(bytes);
  const answer = await giveWrongly(pool, bytes);
  const lent = await getSome(pool, SIZE);
  const twice = lent.some((one, index) => lent.slice(index + 1).some((two) => overlap(one, two)));
  return twice ? 'lends one buffer to two' : answer;
}

async function staleGive(pool: Pool<Uint8Array>): Promise<Outcome> {
  const stale = await pool.get(SIZE);
  const { buffer, byteOffset } = stale;
  await pool.give(stale);
  // Whoever has it now, and some that were got on the way to it.
  const lent = await getSome(pool, SIZE);
  const owned = lent.find((each) => each.buffer === buffer && each.byteOffset === byteOffset);
  const answer = await giveWrongly(pool, stale);
  const more = await getSome(pool, SIZE);
  const twice = owned !== undefined && more.some((each) => overlap(each, owned));
  return twice ? 'lends one buffer to two' : answer;
}

async function foreignGive(pool: Pool<Uint8Array>): Promise<Outcome> {
  const foreign = new Uint8Array(SIZE);
  const answer = await giveWrongly(pool, foreign);
  const lent = await getSome(pool, SIZE);
  return lent.some((each) => overlap(each, foreign)) ? 'lends it to the next' : answer;
}

async function slabGive(pool: Pool<Uint8Array>): Promise<Outcome> {
  const text = Buffer.from('part of a slab that belongs to everybody in the process');
  const answer = await giveWrongly(pool, text);
  for (const size of [text.length, text.buffer.byteLength]) {
    const lent = await getSome(pool, size);
    if (lent.some(({ buffer }) => buffer === text.buffer)) return 'lends Node’s own pool';
  }
  return answer;
}

async function giveWrongly(pool: Pool<Uint8Array>, bytes: Uint8Array): Promise<Outcome> {
  let answer: unknown;
  try {
    answer = pool.give(bytes);
  } catch {
    return 'throws';
  }
  try {
    return (await answer) === false ? 'refuses' : 'ignores';
  } catch {
    return 'rejects';
  }
}

async function getSome(pool: Pool<Uint8Array>, size: number): Promise<Uint8Array[]> {
  const lent: Uint8Array[] = [];
  while (lent.length < TRIES) lent.push(await pool.get(size));
  return lent;
}

function overlap(one: Uint8Array, two: Uint8Array): boolean {
  return (
    one.buffer === two.buffer &&
    one.byteOffset < two.byteOffset + two.byteLength &&
    two.byteOffset < one.byteOffset + one.byteLength
  );
}
