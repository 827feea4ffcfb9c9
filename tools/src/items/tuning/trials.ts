import { distributions } from 'giveback-lab/workloads/distributions';
import type { ElasticTuning } from '../../../../packages/giveback/dist/src/buffers/memory/elastic.js';
import type { FixedTuning } from '../../../../packages/giveback/dist/src/buffers/memory/fixed.js';

export type MemoryKind = 'fixed' | 'elastic';

/** The article's program as it is, with its pauses; all else are requests without a pause. */
export const WITH_TICKS = 'article with ticks';

/** What every tuning is tried with: the distributions of the lab's `sized`, and the article's program. */
export const WORKLOADS: readonly string[] = [WITH_TICKS, ...Object.keys(distributions)];

/** A tuning of one memory, complete. */
export type Tried = FixedTuning | ElasticTuning;

export interface TrialSpec {
  readonly memory: MemoryKind;
  readonly tuning: Tried;
  readonly workload: string;
  readonly requests: number;
  readonly seed: number;
}

export interface TrialResult {
  /** Peak resident ÷ peak live. */
  readonly ratio: number;
  /** Of a replacement, in milliseconds: get, fill, and give of what was there. */
  readonly p50: number;
  readonly p99: number;
  readonly makes: number;
  readonly cpuMs: number;
  readonly node: string;
}

/** What came of one tuning: the medians of all rounds for each workload. */
export interface Row {
  readonly memory: MemoryKind;
  readonly tuning: Tried;
  /** Whether it is the library's own. */
  readonly isDefault: boolean;
  readonly results: Readonly<Record<string, TrialResult>>;
}
