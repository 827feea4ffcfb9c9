import type { Candidate } from '../candidates/candidate.ts';
import { lendsBytes } from '../candidates/opening.ts';
import { sameSize } from '../scenarios/same-size.ts';
import type { Block } from '../scenarios/scenario.ts';
import { ranMilliseconds } from './waiting.ts';

/** Enough that what the process allocates beside does not show, and few enough for the young heap. */
const CYCLES = 50_000;
/** Milliseconds: by then all is optimised, and no stack is sampled any more. */
const WARM_UP = 300;
const COUNTS = 3;

/** MiB of a young heap so large that no collection comes before all cycles are counted. */
const YOUNG = 1024;

/** How the process must be started. */
export const heapFlags: readonly string[] = [
  '--expose-gc',
  `--min-semi-space-size=${YOUNG}`,
  `--max-semi-space-size=${YOUNG}`,
];

/** Those that recycle: new memory brings collections of its own, whatever room the young heap has. */
export function hasCountedHeap(candidate: Candidate): boolean {
  return lendsBytes(candidate) && candidate.lends !== 'new';
}

/**
 * Bytes of JavaScript heap that one get and give of scenario `same` allocate. The bytes of array buffers
 * lie outside of it.
 */
export async function measureHeap(candidate: Candidate): Promise<number> {
  const block = await sameSize.open(candidate);
  const end = ranMilliseconds() + WARM_UP;
  while (ranMilliseconds() < end) await block(CYCLES / 10);
  const counts: number[] = [];
  while (counts.length < COUNTS) counts.push(await count(block));
  // What comes on top now and then is not the cycles'.
  return Math.min(...counts);
}

async function count(block: Block): Promise<number> {
  (globalThis as { gc?(): void }).gc?.();
  const before = process.memoryUsage().heapUsed;
  await block(CYCLES);
  return (process.memoryUsage().heapUsed - before) / CYCLES;
}
