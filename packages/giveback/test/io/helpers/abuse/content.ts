import { createCipheriv } from 'node:crypto';

/** The longest body there is. */
export const MOST = 4 * 1024 * 1024;

const SIZE = 32 * 1024 * 1024;
const ocean = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(
  Buffer.alloc(SIZE),
);

/**
 * The bytes that a seed determines, the same in every process; a shorter body is the beginning of a longer
 * one, and two of different seeds have nothing in common but by overlapping at different places.
 */
export function bodyOf(seed: number, length: number): Buffer {
  const from = Math.imul(seed, 2654435761) >>> 0;
  return ocean.subarray(from % (SIZE - MOST)).subarray(0, length);
}
