import type { ResolvedAcquireOptions } from '../../leasing/acquire-options.ts';
import type { BufferPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { endUnused } from '../../leasing/view.ts';
import { BufferChain } from '../body/buffer-chain.ts';
import { appendOrWait, GrowingBuffer } from '../body/growing-buffer.ts';

/** A part that is being filled, and what it becomes. */
export interface GrowingPart<Part> {
  /** Bytes so far. */
  readonly length: number;
  /** Appends a copy of bytes that fit. @returns a promise if it has to wait for room in the budget */
  append(bytes: Uint8Array): Promise<void> | undefined;
  finish(): Part;
  /** Gives back what it holds. A wait for room rejects. */
  discard(): void;
}

/** How the parts of one stream come to be. */
export interface PartKind<Part> {
  /** A new part of at most `size` bytes, of which `expected` will come; 0 if nobody knows. */
  begin(size: number, expected: number): GrowingPart<Part>;
  /** Gives back a part that nobody took. */
  drop(part: Part): void;
}

/** Each part in one buffer of its length. What is reserved follows what has come. */
export function bufferParts(
  buffers: BufferPool,
  waiting: ResolvedAcquireOptions,
): PartKind<RecycledBuffer> {
  return {
    begin(size, expected) {
      const growing = new GrowingBuffer(buffers, { limit: size, expectedLength: expected });
      return {
        get length() {
          return growing.length;
        },
        append: (bytes) => appendOrWait(growing, bytes, waiting),
        finish: () => growing.finish(),
        discard: () => growing[Symbol.dispose](),
      };
    },
    drop: endUnused,
  };
}

/** Bytes of a chain's block, but no more than a part has. */
const BLOCK = 256 * 1024;

/** Each part in blocks, none of which is ever copied or moved. */
export function chainParts(
  buffers: BufferPool,
  waiting: ResolvedAcquireOptions,
): PartKind<BufferChain> {
  return {
    begin(size) {
      const chain = new BufferChain(buffers, { blockSize: Math.min(BLOCK, size) });
      return new GrowingChain(chain, buffers, Math.min(BLOCK, size), waiting);
    },
    drop: (chain) => chain.clear(),
  };
}

class GrowingChain implements GrowingPart<BufferChain> {
  readonly #chain: BufferChain;
  readonly #buffers: BufferPool;
  readonly #blockSize: number;
  readonly #waiting: ResolvedAcquireOptions;
  readonly #over = new AbortController();

  constructor(
    chain: BufferChain,
    buffers: BufferPool,
    blockSize: number,
    waiting: ResolvedAcquireOptions,
  ) {
    this.#chain = chain;
    this.#buffers = buffers;
    this.#blockSize = blockSize;
    this.#waiting = waiting;
  }

  get length(): number {
    return this.#chain.length;
  }

  append(bytes: Uint8Array): Promise<void> | undefined {
    try {
      this.#chain.append(bytes);
      return undefined;
    } catch (error) {
      const { timeout } = this.#waiting;
      if ((error as { code?: string }).code !== 'ERR_GIVEBACK_BUDGET' || timeout === 0) throw error;
      return this.#appendWhenRoom(bytes);
    }
  }

  finish(): BufferChain {
    return this.#chain;
  }

  discard(): void {
    this.#over.abort();
    this.#chain.clear();
  }

  /** By pieces that need one block at most: the block that was waited for is idle when it is asked for. */
  async #appendWhenRoom(bytes: Uint8Array): Promise<void> {
    const { timeout } = this.#waiting;
    const { signal } = this.#over;
    for (let from = 0; from < bytes.length; ) {
      const to = Math.min(bytes.length, from + this.#blockSize - (this.length % this.#blockSize));
      try {
        this.#chain.append(bytes.subarray(from, to));
        from = to;
      } catch (error) {
        if ((error as { code?: string }).code !== 'ERR_GIVEBACK_BUDGET') throw error;
        this.#buffers.give(await this.#buffers.acquire(this.#blockSize, { signal, timeout }));
        if (signal.aborted) throw error;
      }
    }
  }
}
