import type { Writable } from 'node:stream';
import { GivebackTypeError, got } from '../../core/errors.ts';
import { abortable, throwIfAborted } from '../../core/signal.ts';
import { checkNames, checkObject, integer } from '../../core/validate.ts';
import { type BufferPool, checkPool } from '../../leasing/buffer-pool.ts';
import { checkLeased } from '../../leasing/check-leased.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { endLease } from '../../leasing/view.ts';
import { CopyingWritable } from '../write/copying-writable.ts';
import { hold, isHeldByOne, letGo } from '../write/holds.ts';
import { checkWritable } from '../write/writable.ts';
import { checkWriteOptions, type WriteOptions } from '../write/write-options.ts';
import { written } from '../write/written.ts';

/** How large the blocks of a `BufferChain` are. */
export interface BufferChainOptions {
  /**
   * Bytes of a block: 1 to 2^31 − 1.
   *
   * @default 64 KiB
   */
  readonly blockSize?: number | undefined;
}

/**
 * A sequence of bytes in recycled blocks of one size. It grows by adding blocks, so nothing is copied and
 * no large block is needed: the idea of Microsoft's RecyclableMemoryStream.
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
  /** Bytes used of the last block. The others are full. */
  #used = 0;
  #length = 0;

  /** @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for arguments that are not as documented. */
  constructor(buffers: BufferPool, options: BufferChainOptions = {}) {
    checkPool(buffers);
    checkObject('options', options);
    checkNames(options, ['blockSize']);
    this.#buffers = buffers;
    this.#blockSize = integer('blockSize', options.blockSize ?? 64 * 1024, 1, 2 ** 31 - 1);
  }

  /** Bytes in the chain. */
  get length(): number {
    return this.#length;
  }

  /**
   * Appends a copy of `bytes`.
   *
   * @throws `ERR_GIVEBACK_TYPE`; what `get` throws; `ERR_GIVEBACK_NOT_LEASED` if somebody has given back
   * the last block. The chain does not change then.
   */
  append(bytes: Uint8Array): this {
    if (!(bytes instanceof Uint8Array))
      throw new GivebackTypeError(`Expected \`bytes\` to be a Uint8Array, ${got(bytes)}.`);
    const room = this.#openLast();
    // Usually there is room, and nothing has to be split.
    if (bytes.length <= room) this.#put(bytes);
    else {
      const added = this.#getBlocks(bytes.length - room);
      if (room > 0) this.#put(bytes.subarray(0, room));
      for (let from = room; from < bytes.length; from += this.#blockSize) {
        this.#push(added.shift() as RecycledBuffer);
        this.#used = 0;
        this.#put(bytes.subarray(from, from + this.#blockSize));
      }
    }
    this.#length += bytes.length;
    return this;
  }

  /** A new stream that appends what is written to it. It fails with what `append` throws. */
  get writable(): Writable {
    return new CopyingWritable((bytes) => this.append(bytes));
  }

  /**
   * Its blocks, the last one as long as its used part. They belong to the chain, and are valid until the
   * next `append` or `clear`.
   *
   * @throws `ERR_GIVEBACK_NOT_LEASED` if somebody has given one of them back.
   */
  *[Symbol.iterator](): IterableIterator<RecycledBuffer> {
    yield* this.#closedBlocks();
  }

  /**
   * Writes the whole chain to a stream, with one `writev` if the stream has that, and resolves when the
   * stream is done with it. The chain keeps its bytes. It may be cleared meanwhile: each block is then
   * given back as soon as the stream is done with it. Blocks that the stream may keep (see `writeAndGive`)
   * are discarded when the chain is cleared.
   *
   * @throws (rejects with) the stream's error; the signal's reason; `ERR_GIVEBACK_TYPE` for arguments that
   * are not as documented; `ERR_GIVEBACK_NOT_LEASED` if somebody has given one of the blocks back.
   */
  async writeTo(stream: Writable, options: WriteOptions = {}): Promise<void> {
    checkWritable('stream', stream);
    checkWriteOptions(options);
    const { retains, signal } = options;
    throwIfAborted(signal);
    const blocks = [...this.#closedBlocks()];
    for (const block of blocks) hold(block, endLease);
    stream.cork?.();
    const writing = written(stream, blocks, retains, letGo);
    stream.uncork?.();
    const error = await abortable(writing, signal);
    if (error !== undefined) throw error;
  }

  /**
   * Copies the whole chain to one buffer, which is yours to give back.
   *
   * @throws what `get` throws; `ERR_GIVEBACK_NOT_LEASED` if somebody has given one of the blocks back.
   */
  toBuffer(): RecycledBuffer {
    const blocks = this.#closedBlocks();
    const whole = this.#buffers.get(this.#length);
    copyBlocks(blocks, whole);
    return whole;
  }

  /**
   * Empties the chain and gives back its blocks: those that are being written when that is done. Blocks
   * that a stream may keep are discarded.
   */
  clear(): void {
    const blocks = this.#blocks;
    this.#blocks = [];
    this.#used = 0;
    this.#length = 0;
    for (const block of blocks) letGo(block, true);
  }

  [Symbol.dispose](): void {
    this.clear();
  }

  #put(bytes: Uint8Array): void {
    this.#blocks.at(-1)?.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  #push(block: RecycledBuffer): void {
    hold(block, endLease);
    this.#blocks.push(block);
  }

  /** Restores the last block to its full size, if that is safe. @returns the room in it. */
  #openLast(): number {
    const last = this.#blocks.at(-1);
    if (last === undefined) return 0;
    checkLeased('block', last);
    if (last.length === this.#blockSize) return last.length - this.#used;
    return isHeldByOne(last) ? this.#resizeLast(last, this.#blockSize) - this.#used : 0;
  }

  /** All blocks, the last one cut to its used part. */
  #closedBlocks(): readonly RecycledBuffer[] {
    for (const block of this.#blocks) checkLeased('block', block);
    const last = this.#blocks.at(-1);
    if (last !== undefined && last.length > this.#used) this.#resizeLast(last, this.#used);
    return this.#blocks;
  }

  /** @returns the new length of the last block. */
  #resizeLast(last: RecycledBuffer, size: number): number {
    const resized = this.#buffers.resize(last, size);
    this.#blocks.pop();
    letGo(last, true);
    this.#push(resized);
    return resized.length;
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
}

/** Copies all blocks to the beginning of `target`, which has room for them. */
export function copyBlocks(blocks: Iterable<Uint8Array>, target: Uint8Array): void {
  let at = 0;
  for (const block of blocks) {
    target.set(block, at);
    at += block.length;
  }
}
