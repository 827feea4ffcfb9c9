import { memoryReading } from '../../core/platform.ts';

/** A reading asks the kernel, which takes microseconds: it holds for this long. */
const READING_LASTS = 1000;

/** How much of the limit must be left. */
const RESERVE = 1 / 10;

let readAt = Number.NEGATIVE_INFINITY;
let near = false;

/**
 * Whether the process is about to reach its memory limit, as of at most a second ago. What is
 * available counts the container's page cache as used, which errs on the safe side: idle memory then
 * lives for a second.
 */
export function nearMemoryLimit(): boolean {
  const now = performance.now();
  if (now - readAt < READING_LASTS) return near;
  readAt = now;
  const { limit, available, machine } = memoryReading();
  // Without a limit, runtimes say nothing, 0, or about 2⁶⁴.
  const limited = limit !== undefined && limit > 0 && machine !== undefined && limit < machine;
  near = limited && available !== undefined && available < limit * RESERVE;
  return near;
}
