import { Writable } from 'node:stream';
import { GivebackTypeError, got } from '../../core/errors.ts';
import { checkNames, checkObject, integer } from '../../core/validate.ts';
import { type BufferPool, checkPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { checkWritable, written } from '../write/written.ts';

export interface BufferChainOptions {
  /** Bytes of a block. Default 64 KiB. */
  readonly blockSize?: number | undefined;
}

/**
 * A sequence of bytes that grows by recycled blocks, so that nothing is copied as it grows, and no
 * block is larger than the others: the idea of Microsoft's RecyclableMemoryStream.
 *
 * @example
 * using chain = new BufferChain(buffers);
 * await pipeline(request, chain.writable);
 * await chain.writeTo(response);
 */
export class BufferChain implements Iterable<RecycledBuffer>, Disposable {
  readonly #buffers: BufferPool;
  readonly #blockSize: number;
  #blocks: RecycledBuffer[] = [];
  /** Bytes used of the last block; the others are full. */
  #used = 0;
  #length = 0;
  /** Blocks that a stream has not called back for yet, and by how many writes. */
  readonly #writing = new Map<RecycledBuffer, number>();

  /** @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for arguments that are not as documented. */
  constructor(buffers: BufferPool, options: BufferChainOptions = {}) {
    checkPool(buffers);
    checkObject('options', options);
    checkNames(options, ['blockSize']);
    this.#buffers = buffers;
    this.#blockSize = integer('blockSize', options.blockSize ?? 64 * 1024, 1, 2 ** 31 - 1);
  }

  /** Bytes in it. */
  get length(): number {
    return this.#length;
  }

  /**
   * A copy of `bytes` at the end.
   *
   * @throws `ERR_GIVEBACK_TYPE`, and what `get` throws; the chain is as it was then.
   */
  append(bytes: Uint8Array): this {
    if (!(bytes instanceof Uint8Array))
      throw new GivebackTypeError(`Expected \`bytes\` to be a Uint8Array, ${got(bytes)}.`);
    const room = this.#openLast();
    // As a rule there is room, and nothing to be cut.
    if (bytes.length <= room) this.#put(bytes);
    else {
      const added = this.#getBlocks(bytes.length - room);
      if (room > 0) this.#put(bytes.subarray(0, room));
      for (let from = room; from < bytes.length; from += this.#blockSize) {
        this.#blocks.push(added.shift() as RecycledBuffer);
        this.#used = 0;
        this.#put(bytes.subarray(from, from + this.#blockSize));
      }
    }
    this.#length += bytes.length;
    return this;
  }

  /** A stream that appends what is written to it, and fails where `append` throws; a new one each time. */
  get writable(): Writable {
    return new Writable({
      write: (bytes: Uint8Array, _encoding, done) => {
        try {
          this.append(bytes);
          done();
        } catch (error) {
          done(error as Error);
        }
      },
    });
  }

  /** Its blocks, which stay the chain's: valid until the next `append` or `clear`. */
  *[Symbol.iterator](): IterableIterator<RecycledBuffer> {
    this.#closeLast();
    yield* this.#blocks;
  }

  /**
   * Writes all of it to a stream, by one `writev` where the stream knows that, and resolves when the
   * stream is done with it. The chain keeps its bytes.
   *
   * @throws (rejects with) the stream's error.
   */
  async writeTo(stream: Writable): Promise<void> {
    checkWritable('stream', stream);
    this.#closeLast();
    const writing = this.#writing;
    for (const block of this.#blocks) writing.set(block, (writing.get(block) ?? 0) + 1);
    stream.cork();
    const ending = written(stream, [...this.#blocks], (block) => this.#endWrite(block));
    stream.uncork();
    const error = await ending;
    if (error !== undefined) throw error;
  }

  /** All of it in one lent buffer, which is the caller's. @throws what `get` throws. */
  toBuffer(): RecycledBuffer {
    const whole = this.#buffers.get(this.#length);
    copyBlocks(this, whole);
    return whole;
  }

  /** Gives back every block; those that a stream may still be reading are discarded. */
  clear(): void {
    const blocks = this.#blocks;
    this.#blocks = [];
    this.#used = 0;
    this.#length = 0;
    for (const block of blocks)
      if (this.#writing.has(block)) this.#buffers.discard(block);
      else this.#buffers.give(block);
  }

  [Symbol.dispose](): void {
    this.clear();
  }

  #put(bytes: Uint8Array): void {
    this.#blocks.at(-1)?.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** Makes the last block whole again, if that is safe. @returns the room in it. */
  #openLast(): number {
    const last = this.#blocks.at(-1);
    if (last === undefined) return 0;
    if (last.length < this.#blockSize && !this.#writing.has(last))
      this.#blocks[this.#blocks.length - 1] = this.#buffers.resize(last, this.#blockSize);
    return (this.#blocks.at(-1) as RecycledBuffer).length - this.#used;
  }

  /** Makes the last block as long as what is used of it. */
  #closeLast(): void {
    const last = this.#blocks.at(-1);
    if (last !== undefined && last.length > this.#used)
      this.#blocks[this.#blocks.length - 1] = this.#buffers.resize(last, this.#used);
  }

  #getBlocks(bytes: number): RecycledBuffer[] {
    const blocks: RecycledBuffer[] = [];
    try {
      for (let room = 0; room < bytes; room += this.#blockSize)
        blocks.push(this.#buffers.get(this.#blockSize));
    } catch (error) {
      for (const block of blocks) this.#buffers.give(block);
      throw error;
    }
    return blocks;
  }

  #endWrite(block: RecycledBuffer): void {
    const others = (this.#writing.get(block) as number) - 1;
    if (others > 0) this.#writing.set(block, others);
    else this.#writing.delete(block);
  }
}

/** Copies all of a chain to the beginning of `target`, which is as long or longer. */
export function copyBlocks(chain: BufferChain, target: Uint8Array): void {
  let at = 0;
  for (const block of chain) {
    target.set(block, at);
    at += block.length;
  }
}
