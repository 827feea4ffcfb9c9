import { BufferRecycler, type BufferRecyclerOptions, type RecycledBuffer } from 'giveback';
import { totalOf } from './recycled.ts';
import type { Conditions, Strategy } from './strategy.ts';

/** A `BufferRecycler`, which lends exactly the size asked for. */
export class Buffers implements Strategy {
  readonly recycler: BufferRecycler;

  constructor(options: BufferRecyclerOptions) {
    // Without a limit on idle bytes, so that an experiment shows what the memory does and not what a limit does.
    this.recycler = new BufferRecycler({ maxIdleBytes: Infinity, ...options });
  }

  static of(memory: 'fixed' | 'elastic', { idleTimeoutMs, maxBytes }: Conditions): Buffers {
    return new Buffers({ memory, idleTimeout: idleTimeoutMs, maxBytes });
  }

  get(size: number): Buffer {
    return this.recycler.get(size);
  }

  give(buffer: Buffer): void {
    this.recycler.give(buffer as RecycledBuffer);
  }

  counts(): { makes: number; frees: number } {
    const { makes, frees } = this.recycler.stats();
    return { makes, frees: totalOf(frees) };
  }

  close(): void {
    this.recycler.close();
  }
}
