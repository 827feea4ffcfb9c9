import { join } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import { messageOf, UsageError } from '../../core/errors.ts';
import { JsonValue } from '../../results/json-value.ts';
import { readBytesInside } from '../../results/safe-files.ts';
import { TRACE_VERSION, type TraceHead } from '../trace-format.ts';
import type { Trace } from './trace.ts';
import { TraceBuilder } from './trace-builder.ts';

/** More than any trace has: some millions of samples. */
const MOST_BYTES = 1_000_000_000;
/** A stack of the deepest kind is shorter. */
const LONGEST_LINE = 1_000_000;
const LINE_FEED = 10;
/** Milliseconds since 1970, a little less than the last that is a date. */
const LATEST = 8e15;

export const TRACE_NAME: RegExp = /^[\w-]+\.ndjson(\.gz)?$/;

/**
 * Reads the trace of one thread. A line that cannot be read is counted and left out, as the last one of a process that
 * was killed is torn. Everything in it is checked, as a trace may come from a stranger.
 *
 * @returns `undefined` if its process was killed before it had written the first line
 * @throws UsageError if it is no trace, or one of a newer version
 */
export function readTrace(folder: string, name: string): Trace | undefined {
  const file = join(folder, name);
  const stored = readBytesInside(folder, name, MOST_BYTES);
  const bytes = name.endsWith('.gz') ? unzip(stored, file) : stored;
  if (!bytes.includes(LINE_FEED)) return undefined;
  const lines = linesOf(bytes);
  const first = lines.next();
  const builder = new TraceBuilder(headOf(first.done ? undefined : parsed(first.value), file));
  for (const line of lines) builder.add(parsed(line));
  return builder.finish();
}

/** What there is of it, if its end is missing. */
function unzip(stored: Buffer, file: string): Buffer {
  try {
    return gunzipSync(stored, {
      maxOutputLength: MOST_BYTES,
      finishFlush: constants.Z_SYNC_FLUSH,
    });
  } catch (error) {
    throw new UsageError(`${file}: cannot be unzipped (${messageOf(error)})`);
  }
}

/** The lines of a text, which may be larger than the longest string. A line that is too long is an empty one. */
function* linesOf(bytes: Buffer): Generator<string, void, void> {
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(LINE_FEED, start);
    const end = found < 0 ? bytes.length : found;
    yield end - start > LONGEST_LINE ? '' : bytes.toString('utf8', start, end);
    start = end + 1;
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function headOf(value: unknown, file: string): TraceHead {
  const head = new JsonValue(file, '', value);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject || head.at('giveback').value !== 'trace') {
    throw new UsageError(`${file}: not a trace of giveback-lab`);
  }
  const version = head.at('version').integer();
  if (version > TRACE_VERSION) {
    throw new UsageError(
      `${file}: written by a newer giveback-lab (trace version ${version}, this one reads up to ${TRACE_VERSION})`,
    );
  }
  for (const name of ['pid', 'ppid', 'thread', 'minBytes']) head.at(name).integer();
  for (const name of ['interval', 'looks', 'timeOrigin']) head.at(name).number();
  if (head.at('timeOrigin').number() > LATEST) head.at('timeOrigin').fail('a date');
  for (const name of ['node', 'v8', 'platform', 'arch']) head.at(name).string();
  if (typeof head.at('cwd').value !== 'string') head.at('cwd').fail('a string');
  for (const name of ['argv', 'execArgv']) {
    for (const item of head.at(name).items(10_000)) {
      if (typeof item.value !== 'string') item.fail('a string');
    }
  }
  return value as TraceHead;
}
