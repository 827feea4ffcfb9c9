import type { Candidate } from '../candidates/candidate.ts';
import { lendsBytes } from '../candidates/opening.ts';
import { sameSize } from '../scenarios/same-size.ts';
import type { Block } from '../scenarios/scenario.ts';
import { ranMilliseconds } from './waiting.ts';

/** So many that other allocations do not matter, and few enough for the young heap. */
const CYCLES = 50_000;
/** Milliseconds, after which all code is optimised and no stack is sampled any more. */
const WARM_UP = 300;
const COUNTS = 3;

/** MiB of the young heap: so large that no collection happens before all cycles are counted. */
const YOUNG = 1024;

/** Flags with which the process must be started. */
export const heapFlags: readonly string[] = [
  '--expose-gc',
  `--min-semi-space-size=${YOUNG}`,
  `--max-semi-space-size=${YOUNG}`,
];

/** Whether its heap can be counted. Candidates that make new memory cause collections whatever the young heap's size. */
export function hasCountedHeap(candidate: Candidate): boolean {
  return lendsBytes(candidate) && candidate.lends !== 'new';
}

/**
 * Bytes of JavaScript heap that one get and give of the scenario `same` allocate. The bytes of array buffers are
 * outside the heap.
 */
export async function measureHeap(candidate: Candidate): Promise<number> {
  const block = await sameSize.open(candidate);
  const end = ranMilliseconds() + WARM_UP;
  while (ranMilliseconds() < end) await block(CYCLES / 10);
  const counts: number[] = [];
  while (counts.length < COUNTS) counts.push(await count(block));
  // Other allocations happen now and then, so the least is right.
  return Math.min(...counts);
}

async function count(block: Block): Promise<number> {
  (globalThis as { gc?(): void }).gc?.();
  const before = process.memoryUsage().heapUsed;
  await block(CYCLES);
  return (process.memoryUsage().heapUsed - before) / CYCLES;
}
