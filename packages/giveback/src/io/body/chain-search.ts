import { Buffer } from 'node:buffer';
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
