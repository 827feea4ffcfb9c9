import type { FrameCutter } from './frame-cutter.ts';

/** What a source tells of itself. */
export interface Told {
  /**
   * More has come, and the cutter has it.
   *
   * @returns whether somebody waits for it, so that the source should read on.
   */
  more(): boolean;
  /** There is no more. */
  end(): void;
  fail(error: unknown): void;
}

/** Where bytes come from: it passes what it reads to a cutter, and tells that it has. */
export interface FrameSource {
  /** Begins to read. Called once, before all others. */
  open(cutter: FrameCutter, told: Told): void;
  /** Reads on, if it has stopped. */
  read(): void;
  /** Gives back the memory that it would read into next. It may go on reading, into other memory. */
  disarm(): void;
  /** Stops for good. Resolves once nothing writes to any memory any more. If it is `early`, the stream is destroyed. */
  close(early: boolean, reason: unknown): Promise<void>;
}
