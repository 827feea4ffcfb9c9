import { ticks } from '../../core/scavenger.ts';

/** So much new memory outside of their heap makes engines collect. Nobody touches it, so it takes none of the system's. */
const ENOUGH = 64 * 1024 * 1024;

let askedAt = -Infinity;

/**
 * Asks the collector to look for what nobody refers to any more. Bytes that were discarded or dropped are its to
 * return, and a process in which all wait for them allocates nothing, so it might never look.
 */
export function askCollector(): void {
  // Once for all recyclers.
  if (askedAt === ticks.now) return;
  askedAt = ticks.now;
  try {
    new ArrayBuffer(ENOUGH);
  } catch {
    // Then memory is so short that it collects anyway.
  }
}
