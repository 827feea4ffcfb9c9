import type { RecycledBuffer } from '../buffers/recycled-buffer.ts';
import type { AcquireOptions } from '../buffers/waiters.ts';
import { GivebackError } from '../errors.ts';
import type { Buffers } from './buffers.ts';

/** What the first byte reserves, if more are expected. */
const FIRST = 64 * 1024;
/** The most by which a buffer grows that can grow where it lies. */
const BLOCK = 256 * 1024;
/**
 * An announced length is believed once this part of it has come: whoever announces gigabytes must
 * first send an eighth of them.
 */
const BELIEVED = 1 / 8;

/**
 * One buffer that grows with what is appended, so that what is reserved follows what has really come:
 * until an announced length is believed it is at most one block ahead where the buffer can grow in
 * place (elastic memory), and at most as much again where it has to move.
 */
export class Growing {
  readonly #buffers: Buffers;
  readonly #limit: number;
  readonly #announced: number;
  #buffer: RecycledBuffer | undefined;
  #length = 0;
  #moves = false;
  #abandoned = false;

  /** `announced`: how many bytes somebody says will come, 0 if nobody does. */
  constructor(buffers: Buffers, limit: number, announced: number) {
    this.#buffers = buffers;
    this.#limit = limit;
    this.#announced = announced <= limit ? announced : 0;
  }

  get length(): number {
    return this.#length;
  }

  /**
   * @throws `ERR_GIVEBACK_TOO_LARGE`, and what `get` throws; nothing was appended then.
   */
  append(bytes: Uint8Array): void {
    const needed = this.#needed(bytes);
    if (needed > (this.#buffer?.length ?? 0)) {
      const preferred = this.#sizeFor(needed);
      try {
        this.#growTo(preferred);
      } catch (error) {
        // Less than one would like may still be there.
        if (preferred === needed) throw error;
        this.#growTo(needed);
      }
    }
    this.#put(bytes);
  }

  /** The same, but waits for room. */
  async appendWhenRoom(bytes: Uint8Array, options: AcquireOptions): Promise<void> {
    const larger = await this.#buffers.acquire(this.#sizeFor(this.#needed(bytes)), options);
    if (this.#abandoned) this.#buffers.give(larger);
    else {
      this.#moveTo(larger);
      this.#put(bytes);
    }
  }

  /** All that was appended. It is the caller's. */
  async finish(options: AcquireOptions): Promise<RecycledBuffer> {
    const buffer = this.#buffer;
    if (buffer === undefined) return this.#buffers.acquire(0, options);
    this.#buffer = this.#buffers.resize(buffer, this.#length);
    return this.#buffer;
  }

  /** Gives back what there is. Doing so again does nothing. */
  abandon(): void {
    this.#abandoned = true;
    if (this.#buffer !== undefined) this.#buffers.give(this.#buffer);
    this.#buffer = undefined;
  }

  #put(bytes: Uint8Array): void {
    this.#buffer?.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #needed(bytes: Uint8Array): number {
    const needed = this.#length + bytes.length;
    if (needed > this.#limit) throw tooLarge(this.#limit, needed);
    return needed;
  }

  #sizeFor(needed: number): number {
    const announced = this.#announced;
    const isBelieved = announced <= FIRST || needed >= announced * BELIEVED;
    if (needed <= announced && isBelieved) return announced;
    const held = this.#buffer?.length ?? 0;
    const most = this.#moves ? Infinity : BLOCK;
    const ahead = Math.min(Math.max(held, FIRST), most);
    return Math.min(Math.max(needed, held + ahead), this.#limit);
  }

  #growTo(size: number): void {
    const buffer = this.#buffer;
    if (buffer === undefined) this.#buffer = this.#buffers.get(size);
    // An idle buffer of that size is there more often than not, and its pages with it.
    else if (size === this.#announced) this.#moveTo(this.#buffers.get(size));
    else {
      const grown = this.#buffers.resize(buffer, size);
      this.#moves = grown.buffer !== buffer.buffer || grown.byteOffset !== buffer.byteOffset;
      this.#buffer = grown;
    }
  }

  #moveTo(larger: RecycledBuffer): void {
    const buffer = this.#buffer;
    this.#buffer = larger;
    if (buffer === undefined) return;
    buffer.copy(larger, 0, 0, this.#length);
    this.#buffers.give(buffer);
  }
}

export function tooLarge(limit: number, bytes: number): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_TOO_LARGE',
    `Expected a body of at most ${limit} bytes, got one of ${bytes} or more.`,
  );
}
