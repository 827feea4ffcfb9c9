import { GivebackError } from '../../core/errors.ts';
import type { AcquireOptions } from '../../leasing/acquire-options.ts';
import type { BufferPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { BufferChain, copyBlocks } from './buffer-chain.ts';

/** What an early byte reserves: less than elastic memory takes pages for, so nothing is resized for it. */
const EARLY_BLOCK = 32 * 1024;
/** What a buffer begins with that is to grow. */
const FIRST = 64 * 1024;
/** The most by which a buffer grows that can grow where it lies. */
const STEP = 256 * 1024;
/**
 * An announced length is believed once this part of it has come: whoever announces gigabytes must
 * first send a sixteenth of them.
 */
const BELIEVED = 1 / 16;

/**
 * One buffer for all that is appended, such that what is reserved follows what has really come. What
 * comes before an announced length is believed goes into a chain of small blocks, and then into a
 * buffer of that length. Where nothing is announced, or less than comes, the buffer grows: by a step at
 * most where it can grow in place (elastic memory), by as much again where it has to move.
 */
export class Growing {
  readonly #buffers: BufferPool;
  readonly #limit: number;
  readonly #announced: number;
  readonly #early: BufferChain;
  /** So many bytes are waited for before the announced length is believed. */
  readonly #earlyUpTo: number;
  #buffer: RecycledBuffer | undefined;
  #length = 0;
  #moves = false;
  #abandoned = false;

  /** `announced`: how many bytes somebody says will come, 0 if nobody does. */
  constructor(buffers: BufferPool, limit: number, announced: number) {
    this.#buffers = buffers;
    this.#limit = limit;
    this.#announced = announced <= limit ? announced : 0;
    this.#early = new BufferChain(buffers, { blockSize: EARLY_BLOCK });
    this.#earlyUpTo = earlyUpTo(buffers, this.#announced);
  }

  /**
   * @throws `ERR_GIVEBACK_TOO_LARGE`, and what `get` throws; nothing was appended then.
   */
  append(bytes: Uint8Array): void {
    const needed = this.#needed(bytes);
    if (this.#buffer === undefined && needed < this.#earlyUpTo) this.#early.append(bytes);
    else {
      this.#growTo(needed);
      this.#buffer?.set(bytes, this.#length);
    }
    this.#length = needed;
  }

  /** The same, but waits for room. */
  async appendWhenRoom(bytes: Uint8Array, options: AcquireOptions): Promise<void> {
    const needed = this.#needed(bytes);
    const larger = await this.#buffers.acquire(this.#sizeFor(needed), options);
    if (this.#abandoned) this.#buffers.give(larger);
    else {
      this.#moveTo(larger);
      larger.set(bytes, this.#length);
      this.#length = needed;
    }
  }

  /** All that was appended. It is the caller's. Waits for room, unless `timeout` is 0. */
  async finish(options: AcquireOptions): Promise<RecycledBuffer> {
    const buffers = this.#buffers;
    const length = this.#length;
    if (this.#buffer === undefined)
      this.#moveTo(
        options.timeout === 0 ? buffers.get(length) : await buffers.acquire(length, options),
      );
    return buffers.resize(this.#buffer as RecycledBuffer, length);
  }

  /** Gives back what there is. Doing so again does nothing. */
  abandon(): void {
    this.#abandoned = true;
    this.#early.clear();
    if (this.#buffer !== undefined) this.#buffers.give(this.#buffer);
    this.#buffer = undefined;
  }

  #needed(bytes: Uint8Array): number {
    const needed = this.#length + bytes.length;
    if (needed > this.#limit) throw tooLarge(this.#limit, needed);
    return needed;
  }

  #sizeFor(needed: number): number {
    if (needed <= this.#announced && needed >= this.#earlyUpTo) return this.#announced;
    const held = this.#buffer?.length ?? 0;
    const ahead = Math.min(Math.max(held, FIRST), this.#moves ? Infinity : STEP);
    return Math.min(Math.max(needed, held + ahead), this.#limit);
  }

  #growTo(needed: number): void {
    if (needed <= (this.#buffer?.length ?? -1)) return;
    const preferred = this.#sizeFor(needed);
    try {
      this.#resizeTo(preferred);
    } catch (error) {
      // Less than one would like may still be there.
      if (preferred === needed) throw error;
      this.#resizeTo(needed);
    }
  }

  #resizeTo(size: number): void {
    const buffer = this.#buffer;
    if (buffer === undefined) this.#moveTo(this.#buffers.get(size));
    else {
      const resized = this.#buffers.resize(buffer, size);
      this.#moves = resized.buffer !== buffer.buffer || resized.byteOffset !== buffer.byteOffset;
      this.#buffer = resized;
    }
  }

  #moveTo(larger: RecycledBuffer): void {
    const buffer = this.#buffer;
    this.#buffer = larger;
    if (buffer !== undefined) {
      buffer.copy(larger, 0, 0, this.#length);
      this.#buffers.give(buffer);
    }
    copyBlocks(this.#early, larger);
    this.#early.clear();
  }
}

/** Shared memory has blocks of a size once and for all: to take small ones would waste large ones. */
function earlyUpTo(buffers: BufferPool, announced: number): number {
  const { memory } = buffers as { readonly memory?: string };
  return memory === 'shared' || announced <= EARLY_BLOCK ? 0 : announced * BELIEVED;
}

export function tooLarge(limit: number, bytes: number): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_TOO_LARGE',
    `Expected a body of at most ${limit} bytes, got one of ${bytes} or more.`,
  );
}
