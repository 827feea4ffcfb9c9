import type { BufferRecycler } from 'giveback';

/** Where a workload gets its buffers and where it gives them: what an experiment compares. */
export interface Strategy {
  /** Of giveback's: what it recycles with, for workloads that read and write by `giveback/io`. */
  readonly recycler?: BufferRecycler;
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
  /** How long a buffer idles before it is freed, by the strategies that let it age. */
  readonly idleTimeoutMs: number;
}

/** Allocates as the article's `makeBuffer` does, past Node's shared pool of small slices. */
export const makeBuffer = (size: number): Buffer => Buffer.allocUnsafeSlow(size);
