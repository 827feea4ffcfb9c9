import type { Sizes } from '../../leasing/growth.ts';

/** Bytes of the smallest first buffer: a smaller one is not worth a lease. */
const FIRST = 1024;

/** The most bytes to reserve ahead for a buffer that can grow in place. */
const STEP = 256 * 1024;

/**
 * How many times larger a buffer becomes that has to move. With the size classes of fixed memory, which are
 * a quarter of a doubling apart, at most twice as much is reserved as has come.
 */
const FACTOR = 1.6;

/**
 * Usually an expected length is believed once this fraction of it has come: whoever announces gigabytes must first
 * send a sixteenth of them.
 */
export const BELIEVED: number = 1 / 16;

/** Expected lengths up to this are believed at once: they can do no harm. */
const HARMLESS = 4096;

interface Expectations {
  /** How many bytes somebody said will come; 0 if nobody did. */
  readonly expected: number;
  /** From which fraction of it on that is believed. */
  readonly believed: number;
  /** The most bytes to take. */
  readonly limit: number;
  /** Whether the buffer can grow without being copied. */
  readonly growsInPlace: boolean;
}

/** The sizes to ask for when a buffer has to hold `needed` bytes. */
export function sizesFor(
  needed: number,
  { expected, believed, limit, growsInPlace }: Expectations,
): Sizes {
  const isBelieved = expected <= HARMLESS || needed >= expected * believed;
  if (needed <= expected && expected <= limit && isBelieved)
    return { least: needed, wanted: expected, expected, isAll: true };
  const ahead = growsInPlace
    ? needed + Math.min(needed, STEP)
    : Math.max(FIRST, Math.ceil(needed * FACTOR));
  const wanted = Math.max(needed, Math.min(ahead, limit));
  return { least: needed, wanted, expected: needed <= expected ? expected : 0, isAll: false };
}
