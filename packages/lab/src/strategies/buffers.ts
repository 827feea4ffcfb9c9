import { BufferRecycler, type BufferRecyclerOptions, type RecycledBuffer } from 'giveback';
import { sum } from './recycled.ts';
import type { Strategy } from './strategy.ts';

/** A `BufferRecycler`, which lends exactly the size asked for. */
export class Buffers implements Strategy {
  readonly recycler: BufferRecycler;

  constructor(options: BufferRecyclerOptions) {
    // Whatever idles may stay: what an experiment shows is the memory's own doing, not that of a limit.
    this.recycler = new BufferRecycler({ maxIdleBytes: Infinity, ...options });
  }

  get(size: number): Buffer {
    return this.recycler.get(size);
  }

  give(buffer: Buffer): void {
    this.recycler.give(buffer as RecycledBuffer);
  }

  counts(): { makes: number; frees: number } {
    const { makes, frees } = this.recycler.stats();
    return { makes, frees: sum(frees) };
  }

  close(): void {
    this.recycler.close();
  }
}
