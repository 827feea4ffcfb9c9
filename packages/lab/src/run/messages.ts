import type { RuntimeIdentity } from '../measure/runtime-identity.ts';
import type { ProcessSummary } from '../results/trial-summary.ts';
import type { Settings } from '../workloads/settings.ts';

/** What a trial's process prints on standard output for its parent: one JSON object a line. */
export type TrialMessage = StartMessage | SamplesMessage | EndMessage;

export interface StartMessage {
  readonly type: 'start';
  readonly runtime: RuntimeIdentity;
  /** Bytes of the idle process before the first buffer, which are subtracted from every other figure. */
  readonly idle: { readonly resident: number; readonly allocated: number };
}

export interface SamplesMessage {
  readonly type: 'samples';
  readonly tick: number;
  readonly residentBytes: number;
  readonly liveBytes: number;
  /** The article's lines since the last message. Each ends with a line feed. */
  readonly csv: string;
}

export interface EndMessage {
  readonly type: 'end';
  readonly process: ProcessSummary;
}

/** What a trial is to run. */
export interface TrialSpec extends Settings {
  readonly workload: string;
  readonly strategy: string;
  readonly seed: number;
}
