import type { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { GivebackError } from '../../core/errors.ts';

// Streams to read from, recognised by their shape, so that those of other packages are taken as well.

export function isReadable(source: unknown): source is Readable {
  const { on, off, read, pause, resume } = (source ?? {}) as Partial<Readable>;
  return [on, off, read, pause, resume].every((method) => typeof method === 'function');
}

export function isWebStream(source: unknown): source is ReadableStream<Uint8Array> {
  return typeof (source as Partial<ReadableStream> | null)?.getReader === 'function';
}

/** The error for a source of which not every byte can be read. */
export function unreadable(what: string): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_SOURCE',
    `Expected \`source\` to be one that can be read to its end, got ${what}.`,
  );
}

/** The error for a source that closed without having ended. */
export function closedEarly(): GivebackError {
  return unreadable('one that closed before its end');
}
