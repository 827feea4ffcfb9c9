import type { BufferRecycler } from 'giveback';
import type { Start } from './start.ts';

/** Where a workload gets its buffers from and gives them to: what an experiment compares. */
export interface Strategy {
  /** The recycler of giveback's strategies, for workloads that read and write with `giveback/io`. */
  readonly recycler?: BufferRecycler;
  get(size: number): Buffer;
  give(buffer: Buffer): void;
  /** Buffers made and freed so far: the last two columns of the article's line. */
  counts(): { readonly makes: number; readonly frees: number };
  close(): void;
}

export interface StrategyKind {
  readonly summary: string;
  /** How its process is started, if that is part of the strategy. */
  readonly start?: Start;
  create(conditions: Conditions): Strategy;
}

export interface Conditions {
  /** Milliseconds after which an idle buffer is freed, by the strategies that free idle buffers. */
  readonly idleTimeoutMs: number;
  /** Bytes that giveback’s recyclers may hold. No limit unless the workload sets one. */
  readonly maxBytes?: number;
}

/** Allocates as the article's `makeBuffer` does, past Node's shared pool of small slices. */
export const makeBuffer = (size: number): Buffer => Buffer.allocUnsafeSlow(size);
