import type { Host } from 'giveback-lab/measure';

/** One thing that the documents quote: how it is measured, and where it is written. */
export interface Item<Result = unknown> {
  readonly name: string;
  /** What is measured, in a few words. */
  readonly what: string;
  /** About how long that takes. Without `quick` it is no part of a quick look. */
  readonly minutes: { readonly full: number; readonly quick?: number };
  /** Whether it is measured only when asked for by name, as it takes an hour. */
  readonly onlyByName?: boolean;
  measure(task: Task): Promise<Result>;
  /** Puts tables and pictures into the documents. */
  write(result: Result, source: Source): void;
}

/** How an item is to be measured. */
export interface Task {
  readonly isQuick: boolean;
  /** The item's own folder, for whatever `write` wants beside the result. Empty at the start. */
  readonly folder: string;
  /** The runtimes that were found, such as `node@24`. */
  readonly runtimes: readonly string[];
}

/** Where a result comes from. */
export interface Source {
  /** The item's own folder. */
  readonly folder: string;
  /** When, where and by what it was measured, in small print, with more details. */
  note(details?: string): string;
}

/** What lies in `<name>.json` of a folder of evidence. */
export interface Evidence<Result = unknown> {
  readonly format: 'giveback-evidence';
  readonly version: 1;
  readonly name: string;
  readonly isQuick: boolean;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly host: Host;
  readonly runtimes: readonly string[];
  readonly result: Result;
}
