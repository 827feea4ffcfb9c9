import { Recycler } from 'giveback';
import { makeBuffer, type Strategy } from './strategy.ts';

/** The article's second and third program: idle buffers of any size, last in first out. */
export class Recycled implements Strategy {
  readonly #recycler: Recycler<Buffer>;
  /** Bytes of the next buffer, if one is made. */
  #size = 0;

  constructor(options: { maxIdle?: number; idleTimeout: number }) {
    this.#recycler = new Recycler<Buffer>({ make: () => makeBuffer(this.#size), ...options });
  }

  get(size: number): Buffer {
    this.#size = size;
    return this.#recycler.get();
  }

  give(buffer: Buffer): void {
    this.#recycler.give(buffer);
  }

  counts(): { makes: number; frees: number } {
    const { makes, frees } = this.#recycler.stats();
    return { makes, frees: totalOf(frees) };
  }

  close(): void {
    this.#recycler.close();
  }
}

/** The frees of all reasons. */
export function totalOf(frees: Readonly<Record<string, number>>): number {
  let total = 0;
  for (const reason in frees) total += frees[reason] as number;
  return total;
}
