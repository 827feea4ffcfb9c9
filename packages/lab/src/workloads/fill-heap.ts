import v8 from 'node:v8';
import { fullCollection } from '../measure/full-collection.ts';

/** Objects in a block, which then has about 36 KB. */
const OBJECTS = 500;
/** A block is larger in any case. */
const LEAST_BLOCK = 16_000;

/**
 * Fills the heap with small objects until it has so many bytes, and returns what keeps them. V8 decides by the whole heap
 * when it collects, and so how much garbage buffers come to: the same allocations came to 105 MB on a heap of 6 MB, and
 * to 77 MB on one of 11 MB.
 */
export function fillHeap(bytes: number): unknown {
  const collect = fullCollection();
  collect?.();
  // A replay on a heap that is too small is better than none.
  const most = Math.min(bytes, v8.getHeapStatistics().heap_size_limit / 2);
  const missing = most - process.memoryUsage().heapUsed;
  const blocks: unknown[] = [];
  while (process.memoryUsage().heapUsed < most && blocks.length * LEAST_BLOCK < missing) {
    blocks.push(Array.from({ length: OBJECTS }, (_, at) => ({ at, inner: { at } })));
  }
  collect?.();
  return blocks;
}
