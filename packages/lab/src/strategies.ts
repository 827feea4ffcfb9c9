import { Recycler } from 'giveback';

/** Where a workload gets its buffers and where it gives them: what an experiment compares. */
export interface Strategy {
  get(size: number): Buffer;
  give(buffer: Buffer): void;
  /** Buffers made and freed so far, the last two columns of the article's line. */
  counts(): { readonly makes: number; readonly frees: number };
  close(): void;
}

export interface StrategyKind {
  readonly summary: string;
  create(conditions: Conditions): Strategy;
}

export interface Conditions {
  /** The article's minute of ageing, in the time of this trial: 60 ticks. */
  readonly minuteMs: number;
}

/** Allocates as the article's `makeBuffer` does, past Node's shared pool of small slices. */
const makeBuffer = (size: number): Buffer => Buffer.allocUnsafeSlow(size);

/** The article's first program: every buffer is made, dropped, and left to the collector. */
class None implements Strategy {
  #makes = 0;

  get(size: number): Buffer {
    const buffer = makeBuffer(size);
    this.#makes += 1;
    return buffer;
  }

  give(): void {}

  counts(): { makes: number; frees: number } {
    return { makes: this.#makes, frees: 0 };
  }

  close(): void {}
}

/** The article's second and third program: idle buffers of any size, last in first out. */
class Recycled implements Strategy {
  readonly #recycler: Recycler<Buffer>;
  /** The size of this tick, drawn whether or not a buffer is made: strategies stay in step. */
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
    let freed = 0;
    for (const count of Object.values(frees)) freed += count;
    return { makes, frees: freed };
  }

  close(): void {
    this.#recycler.close();
  }
}

export const strategies: Readonly<Record<string, StrategyKind>> = {
  none: {
    summary: 'makes every buffer and leaves it to the collector (the article’s first program)',
    create: () => new None(),
  },
  channel: {
    summary: 'keeps up to 5 idle buffers (the second)',
    create: () => new Recycled({ maxIdle: 5, idleTimeout: Infinity }),
  },
  recycler: {
    summary: 'keeps idle buffers for a minute, which is 60 ticks (the third)',
    create: ({ minuteMs }) => new Recycled({ idleTimeout: minuteMs }),
  },
};
