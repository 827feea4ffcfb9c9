import { Buffer } from 'node:buffer';
import type { BufferPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { endUnused } from '../../leasing/view.ts';
import { BufferChain, insideOf } from '../body/buffer-chain.ts';
import { filledIn, GrowingBuffer, spaceIn } from '../body/growing-buffer.ts';

/** A part that is being filled, and what it becomes. It never waits. */
export interface GrowingPart<Part> {
  /** Bytes so far. */
  readonly length: number;
  /** Appends a copy of bytes that fit. @throws what `get` throws; nothing is appended then. */
  append(bytes: Uint8Array): void;
  /** Memory for the bytes that come next. @throws what `get` throws */
  space(): Uint8Array;
  /** So many bytes have come into `space()`. */
  filled(bytes: number): void;
  finish(): Part;
  /** Gives back what it holds. */
  discard(): void;
  /** Gives back what it holds. @returns a copy of that in memory that is not the pool's. */
  leave(): Uint8Array;
}

/** How the parts of one stream come to be. */
export interface PartKind<Part> {
  /** A new part of at most `size` bytes, of which `expected` will come; 0 if nobody knows. */
  begin(size: number, expected: number): GrowingPart<Part>;
  /** The part that a buffer is, whose lease becomes the part's. */
  of(buffer: RecycledBuffer): Part;
  /** Gives back a part that nobody took. */
  drop(part: Part): void;
}

/** Each part in one buffer of its length. What is reserved follows what has come. */
export function bufferParts(buffers: BufferPool): PartKind<RecycledBuffer> {
  return {
    begin(size, expected) {
      const growing = new GrowingBuffer(buffers, { limit: size, expectedLength: expected });
      return {
        get length() {
          return growing.length;
        },
        append: (bytes) => growing.append(bytes),
        space: () => spaceIn(growing),
        filled: (bytes) => filledIn(growing, bytes),
        finish: () => growing.finish(),
        discard: () => growing[Symbol.dispose](),
        leave: () => {
          if (growing.length === 0) {
            growing.discard();
            return new Uint8Array(0);
          }
          const buffer = growing.finish();
          const copy = Buffer.allocUnsafeSlow(buffer.length);
          copy.set(buffer);
          endUnused(buffer);
          return copy;
        },
      };
    },
    of: (buffer) => buffer,
    drop: endUnused,
  };
}

/** Bytes of a chain's block, but no more than a part has. */
const BLOCK = 256 * 1024;

/** Each part in blocks, none of which is ever copied or moved. */
export function chainParts(buffers: BufferPool): PartKind<BufferChain> {
  return {
    begin(size) {
      const chain = new BufferChain(buffers, { blockSize: Math.min(BLOCK, size) });
      const inside = insideOf(chain);
      return {
        get length() {
          return chain.length;
        },
        append: (bytes) => void chain.append(bytes),
        // The last block may be larger than what the part lacks.
        space: () => inside.space().subarray(0, size - chain.length),
        filled: (bytes) => inside.filled(bytes),
        finish: () => chain,
        discard: () => chain.clear(),
        leave: () => {
          const copy = chain.slice();
          chain.clear();
          return copy;
        },
      };
    },
    of(buffer) {
      const chain = new BufferChain(buffers);
      insideOf(chain).adopt(buffer);
      return chain;
    },
    drop: (chain) => chain.clear(),
  };
}
