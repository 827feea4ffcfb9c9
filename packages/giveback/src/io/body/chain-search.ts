import { Buffer } from 'node:buffer';
import { GivebackTypeError, got } from '../../core/errors.ts';
import type { BlockQueue } from './block-queue.ts';

/** A window over the seam of two blocks takes at least as many bytes, so that many small blocks are one window. */
const SEAM = 1024;

/**
 * The offset of the first occurrence of `bytes` from `from` on, or -1. What lies within a block is searched
 * in place. Around seams, bytes are copied to a window. A window is at least twice as long as `bytes`, so
 * the time is linear even if each block has a single byte.
 */
export function search(queue: BlockQueue, bytes: Uint8Array, from: number): number {
  const size = bytes.length;
  for (let at = from; at + size <= queue.length; ) {
    const place = queue.find(at);
    const contiguous = place.end - place.at;
    if (contiguous >= size) {
      const index = place.block.indexOf(bytes, place.at);
      // Beyond its end a block may hold bytes of an earlier use.
      if (index >= 0 && index + size <= place.end) return at + index - place.at;
      at += contiguous - size + 1;
    } else {
      const window = Buffer.allocUnsafe(Math.min(queue.length - at, Math.max(2 * size, SEAM)));
      queue.copyTo(window, at);
      const index = window.indexOf(bytes);
      if (index >= 0) return at + index;
      at += window.length - size + 1;
    }
  }
  return -1;
}

/** An offset as `Buffer.slice` takes it: from the end if negative, and never outside. */
export function place(offset: number | undefined, length: number, otherwise: number): number {
  if (offset === undefined) return otherwise;
  const whole = Math.trunc(Number(offset)) || 0;
  return Math.min(Math.max(whole < 0 ? length + whole : whole, 0), length);
}

/** @throws `ERR_GIVEBACK_TYPE` for a value that is nothing to look for. */
export function bytesToFind(value: unknown, encoding: BufferEncoding | undefined): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value, encoding);
  if (typeof value === 'number') return Buffer.of(value);
  if (value instanceof Uint8Array) return value;
  throw new GivebackTypeError(
    `Expected \`value\` to be a string, a number or a Uint8Array, ${got(value)}.`,
  );
}
