/** What a recording is made with. Stands in the preload itself: a worker may have no environment. */
export interface RecordingSettings {
  /** Where each thread writes its trace, `<pid>-<thread>.ndjson`. Must exist. */
  readonly folder: string;
  /** Mean bytes between two samples at first, at least 1. 1: every allocation is a sample, and `rate` counts for nothing. */
  readonly interval: number;
  /** Samples a second, at most about. The interval grows where there would be more. */
  readonly rate: number;
  /** The share of time that looks may take, 0 to 1. 0: no looks. */
  readonly looks: number;
  /** Milliseconds between two lines of memory. */
  readonly every: number;
  /** Smaller allocations are counted and never sampled. */
  readonly minBytes: number;
}
