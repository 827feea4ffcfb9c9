import type { Kind } from './kinds.ts';

/** Whoever gets memory now writes to it: a buffer that was given too early shows that. */
export function scribble(buffers: Kind, size: number): void {
  const all = Array.from({ length: 6 }, () => buffers.get(size).fill(0xee));
  for (const buffer of all) buffers.give(buffer as never);
}
