import type { GcTime } from './gc-time.ts';
import type { RuntimeIdentity } from './runtime-identity.ts';
import type { Settings } from './settings.ts';

/** What a trial's process prints on its standard output: one JSON object a line, for the parent. */
export type TrialMessage = StartMessage | SamplesMessage | EndMessage;

export interface StartMessage {
  readonly type: 'start';
  readonly runtime: RuntimeIdentity;
  /** The idle process before the first buffer, in bytes: what every figure is less. */
  readonly idle: { readonly resident: number; readonly allocated: number };
}

export interface SamplesMessage {
  readonly type: 'samples';
  readonly tick: number;
  readonly residentBytes: number;
  readonly liveBytes: number;
  /** The article's lines since the last message, each with its line feed. */
  readonly csv: string;
}

export interface EndMessage {
  readonly type: 'end';
  readonly process: ProcessSummary;
}

/** What only the process itself can tell of its trial. Times are milliseconds. */
export interface ProcessSummary {
  readonly wallMs: number;
  readonly cpuMs: number;
  /** `null` where the runtime does not tell (Bun, Deno). */
  readonly gc: GcTime | null;
  readonly replacementMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Of a workload that moves bytes. */
  readonly moved?: Moved;
}

/** What a workload that moves bytes has moved, how long that took, and how much of it was wrong. */
export interface Moved {
  readonly bytes: number;
  readonly ms: number;
  readonly errors: number;
}

export interface TrialSpec extends Settings {
  readonly workload: string;
  readonly strategy: string;
  readonly seed: number;
}
