import { Buffer } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { isReadable, Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { GivebackTypeError, got } from '../../core/errors.ts';
import { unreadable } from '../chunks/readable.ts';

/** What `pump` takes its bytes from. */
export type PumpSource =
  | FileHandle
  | string
  | Buffer
  | URL
  | Socket
  | Readable
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>;

/** @throws `ERR_GIVEBACK_SOURCE` for a stream that cannot be read, or that somebody else reads. */
export function checkReadable(source: Readable): void {
  if (source.readableEnded) throw unreadable('one that was read already');
  if (source.destroyed) throw unreadable('one that was destroyed');
  if (source.readable === false) throw unreadable('one that is not readable');
  if (source.listenerCount('readable') > 0) throw unreadable('one that somebody else reads');
}

/**
 * @throws `ERR_GIVEBACK_SOURCE` for a stream that was read to its end. `streamChunks` refuses locked ones.
 */
export function checkWebStream(source: ReadableStream<Uint8Array>): void {
  const stream = source as unknown as Readable;
  if (Readable.isDisturbed(stream) && !isReadable(stream))
    throw unreadable('one that was read already');
}

export function isAsyncIterable(source: unknown): source is AsyncIterable<Uint8Array> {
  const { [Symbol.asyncIterator]: iterate } = (source ?? {}) as Partial<AsyncIterable<unknown>>;
  return typeof iterate === 'function';
}

/**
 * @throws `ERR_GIVEBACK_TYPE` for anything but a path or a `FileHandle`; `ERR_GIVEBACK_SOURCE` for a handle
 * that was closed.
 */
export function checkFile(source: unknown): asserts source is FileHandle | string | Buffer | URL {
  const { read, fd } = (source ?? {}) as Partial<FileHandle>;
  if (typeof read === 'function' && typeof fd === 'number') {
    if (fd < 0) throw unreadable('a FileHandle that was closed');
    return;
  }
  const isFileUrl = source instanceof URL && source.protocol === 'file:';
  const isPath = typeof source === 'string' || Buffer.isBuffer(source);
  if (isFileUrl || (isPath && !source.includes('\0'))) return;
  throw new GivebackTypeError(
    `Expected \`source\` to be a path, a FileHandle, a stream or an async iterable, ${got(source)}.`,
  );
}

/** The bytes of a chunk. @throws `ERR_GIVEBACK_TYPE` for anything but bytes or text. */
export function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  if (typeof chunk === 'string') return Buffer.from(chunk);
  throw new GivebackTypeError(`Expected \`source\` to yield bytes, ${got(chunk)}.`);
}
