import { readdirSync } from 'node:fs';
import { UsageError } from '../../core/errors.ts';
import { readTrace, TRACE_NAME } from './read-trace.ts';
import type { Trace } from './trace.ts';

/** More processes and threads than anybody looks through. */
const MOST_TRACES = 10_000;

/** The traces of a program on one axis of time. */
export interface Recording {
  /** Milliseconds since 1970 at time 0 of the recording. */
  readonly startedAt: number;
  readonly durationMs: number;
  /** In the order in which they started. */
  readonly traces: readonly Trace[];
}

/** A folder in which nothing was traced. */
export class NoTraces extends UsageError {
  override name = 'NoTraces';
}

/**
 * Reads every trace in a folder, zipped or not. Files that are no traces are none of its business; a trace that was not
 * even begun, as its process was killed at once, counts as none.
 *
 * @throws NoTraces
 */
export function readTraces(folder: string): Recording {
  const names = readdirSync(folder).filter((name) => TRACE_NAME.test(name));
  if (names.length > MOST_TRACES) {
    throw new UsageError(`${folder}: expected at most ${MOST_TRACES} traces, got ${names.length}`);
  }
  // Of a trace that is being zipped, the plain file is complete.
  const wanted = names.filter(
    (name) => !names.includes(name.replace(/\.gz$/, '')) || !name.endsWith('.gz'),
  );
  const traces = wanted.sort().flatMap((name) => readTrace(folder, name) ?? []);
  if (traces.length === 0) throw new NoTraces(`${folder}: expected traces, found none`);
  return mergeTraces(traces);
}

/** Puts traces on one axis, as the clocks of all threads tell when their time 0 was. */
export function mergeTraces(traces: readonly Trace[]): Recording {
  const origins = traces.map(({ head }) => head.timeOrigin);
  const startedAt = Math.min(...origins);
  const ends = traces.map(({ head, endMs }) => head.timeOrigin - startedAt + endMs);
  return {
    startedAt,
    durationMs: Math.max(...ends),
    traces: [...traces].sort((a, b) => a.head.timeOrigin - b.head.timeOrigin),
  };
}
