import { Readable } from 'node:stream';
import type { RecycledBuffer } from '../../../src/index.ts';

/** Bytes that tell their place: no two windows of 8 bytes are alike. */
export function patterned(size: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(size);
  let state = seed;
  for (let at = 0; at < size; at++) {
    // Not `*`: beyond 2^53 the bytes would repeat after ten thousand.
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    bytes[at] = state >>> 16;
  }
  return bytes;
}

/** A stream of `bytes` in chunks of 1 to `most` bytes. */
export function inRandomChunks(bytes: Buffer, most: number, random: () => number): Readable {
  return Readable.from(cut(bytes, most, random), { objectMode: false, highWaterMark: most });
}

export function* cut(bytes: Buffer, most: number, random: () => number): Generator<Buffer> {
  for (let from = 0; from < bytes.length; ) {
    const to = from + 1 + Math.floor(random() * most);
    yield bytes.subarray(from, to);
    from = to;
  }
}

/** All that comes, copied; each chunk is given back. */
export async function collect(chunks: AsyncIterable<RecycledBuffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (using chunk of chunks) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts);
}
