import { Buffer } from 'node:buffer';
import type { Writable } from 'node:stream';
import { GivebackTypeError, got } from '../../core/errors.ts';
import { abortable, throwIfAborted } from '../../core/signal.ts';
import { checkNames, checkObject, integer, invalidValue } from '../../core/validate.ts';
import { type BufferPool, checkPool } from '../../leasing/buffer-pool.ts';
import { checkLeased } from '../../leasing/check-leased.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { endLease, endUnused } from '../../leasing/view.ts';
import { CopyingWritable } from '../write/copying-writable.ts';
import { hold, isHeldByOne, letGo } from '../write/holds.ts';
import { checkWritable } from '../write/writable.ts';
import { checkWriteOptions, type WriteOptions } from '../write/write-options.ts';
import { written } from '../write/written.ts';
import { BlockQueue } from './block-queue.ts';
import { bytesToFind, place, search } from './chain-search.ts';

/** How large the blocks of a `BufferChain` are. */
export interface BufferChainOptions {
  /**
   * Bytes of a block: 1 to 2^31 − 1.
   *
   * @default 64 KiB
   */
  readonly blockSize?: number | undefined;
}

/** What `frames` and `streamParts` do with a chain, and nobody else may: sockets fill its blocks. */
export interface ChainInside {
  /** Adds a block, all of which counts, without copying it. Its lease is the chain's from now on. */
  adopt(block: RecycledBuffer): void;
  /** `append`, but if that needs more blocks, each has `blockSize` bytes. */
  append(bytes: Uint8Array, blockSize: number): void;
  /** Memory for the bytes that come next: what is left of the last block, or a new one. @throws what `get` throws */
  space(): Uint8Array;
  /** So many bytes have come into `space()`. */
  filled(bytes: number): void;
  /** `append` of bytes for which that lacks one block of `blockSize`: this one, whose lease is the chain's from now on. */
  appendInto(block: RecycledBuffer, bytes: Uint8Array): void;
  /** `append`, but the last block becomes larger: where it lies, its store may have room. Throws what `resize` throws. */
  widen(bytes: Uint8Array): void;
  /** The blocks as they are. */
  blocks(): readonly RecycledBuffer[];
  /** The number of `count` bytes at `at`: 1 to 8. */
  readNumber(at: number, count: number, isLittleEndian: boolean): number;
  /** Copies as many bytes from the front as `target` has, or all. */
  copyTo(target: Uint8Array): void;
}

export let insideOf: (chain: BufferChain) => ChainInside;

/**
 * A sequence of bytes in recycled blocks. It grows by adding blocks at its end and shrinks at its front, so
 * nothing is copied and no large block is needed: the idea of Microsoft's RecyclableMemoryStream. Blocks are
 * given back as soon as their last byte has been consumed. To append and to consume takes constant time,
 * however long the chain is. What reads it is named as in the package `bl`.
 *
 * @example
 * using chain = new BufferChain(buffers);
 * await pipeline(request, chain.writable);
 * await chain.writeTo(response);
 * @example
 * socket.on('data', (bytes) => {
 *   chain.append(bytes);
 *   for (let end = chain.indexOf('\n'); end >= 0; end = chain.indexOf('\n')) {
 *     onLine(chain.toString('utf8', 0, end));
 *     chain.consume(end + 1);
 *   }
 * });
 */
export class BufferChain implements Iterable<RecycledBuffer>, Disposable {
  readonly #buffers: BufferPool;
  readonly #blockSize: number;
  readonly #queue = new BlockQueue();
  /** The size of the last block while it can take more; 0 for one that the chain did not get itself. */
  #lastSize = 0;

  static {
    insideOf = (chain) => ({
      adopt: (block) => chain.#adopt(block),
      append: (bytes, blockSize) => chain.#append(bytes, blockSize),
      space: () => chain.#space(),
      filled: (bytes) => chain.#queue.extend(bytes),
      appendInto: (block, bytes) => chain.#appendInto([block], block.length, bytes),
      widen: (bytes) => chain.#widen(bytes),
      blocks: () => chain.#queue.all,
      readNumber: (at, count, isLittleEndian) => chain.#readNumber(at, count, isLittleEndian),
      copyTo: (target) => chain.#queue.copyTo(target, 0),
    });
  }

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
    return this.#queue.length;
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
    this.#append(bytes, this.#blockSize);
    return this;
  }

  /** A new stream that appends what is written to it. It fails with what `append` throws. */
  get writable(): Writable {
    return new CopyingWritable((bytes) => this.append(bytes));
  }

  /**
   * The blocks that it has now, each as long as what the chain has in it. They belong to the chain. They may be
   * consumed one by one by the loop that gets them; a loop throws at a block that is gone. What is left of a
   * block that was partly consumed is copied to another first.
   *
   * @throws `ERR_GIVEBACK_NOT_LEASED` if somebody has given one of them back; what `get` throws, if the
   * first one was partly consumed.
   */
  *[Symbol.iterator](): IterableIterator<RecycledBuffer> {
    for (const block of [...this.#closedBlocks()]) {
      checkLeased('block', block);
      yield block;
    }
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
    return this.#copy(this.length);
  }

  /**
   * Drops bytes at the front: the first `bytes`, or all if there are fewer. Blocks of which nothing is left
   * are given back. A number that is not above 0 drops nothing, as in `bl`.
   *
   * @throws `ERR_GIVEBACK_TYPE` for anything but a number.
   */
  consume(bytes: number): this {
    if (typeof bytes !== 'number') throw invalidValue('bytes', 'a number', bytes);
    const dropped = Math.trunc(bytes);
    if (dropped > 0) this.#queue.consume(dropped);
    if (this.length === 0) this.#lastSize = 0;
    return this;
  }

  /**
   * Takes bytes out at the front.
   *
   * @param bytes how many: 0 to `length`.
   * @returns them in one buffer, which is yours to give back. They are copied, unless they are all that was
   * ever in a block, and fill at least half of it.
   * @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for another number; what `get` throws;
   * `ERR_GIVEBACK_NOT_LEASED` if somebody has given one of the blocks back. The chain does not change then.
   */
  take(bytes: number): RecycledBuffer {
    integer('bytes', bytes, 0, this.length);
    const block = this.#takeBlock(bytes);
    if (block !== undefined) return block;
    const taken = this.#copy(bytes);
    this.consume(bytes);
    return taken;
  }

  /**
   * Copies bytes to a plain `Buffer`, which is nobody's to give back.
   *
   * @param start the offset of the first byte; from the end if negative. @default 0
   * @param end the offset after the last byte; from the end if negative. @default `length`
   * @throws `ERR_GIVEBACK_NOT_LEASED` if somebody has given one of the blocks back.
   */
  slice(start?: number, end?: number): Buffer {
    const [from, to] = this.#range(start, end);
    const copy = Buffer.allocUnsafe(to - from);
    this.#queue.copyTo(copy, from);
    return copy;
  }

  /**
   * Decodes bytes. Characters may lie across blocks.
   *
   * @param encoding one of Node's. @default 'utf8'
   * @param start as for `slice`.
   * @param end as for `slice`.
   * @throws `ERR_GIVEBACK_NOT_LEASED` if somebody has given one of the blocks back; what
   * `Buffer.toString` throws.
   */
  toString(encoding?: BufferEncoding, start?: number, end?: number): string {
    const [from, to] = this.#range(start, end);
    if (from < to) {
      const place = this.#queue.find(from);
      if (place.end - place.at >= to - from)
        return place.block.toString(encoding, place.at, place.at + to - from);
    }
    return this.slice(from, to).toString(encoding);
  }

  /**
   * The offset at which `value` occurs first, or -1. It is found across blocks, too.
   *
   * @param value bytes, a string, or one byte as a number.
   * @param offset where to begin; from the end if negative. @default 0
   * @param encoding that of a string. It may also stand in place of `offset`. @default 'utf8'
   * @throws `ERR_GIVEBACK_TYPE` for any other value; `ERR_GIVEBACK_NOT_LEASED` if somebody has given one of
   * the blocks back.
   */
  indexOf(
    value: string | number | Uint8Array,
    offset?: number | BufferEncoding,
    encoding?: BufferEncoding,
  ): number {
    const isEncoding = typeof offset === 'string';
    const bytes = bytesToFind(value, isEncoding ? offset : encoding);
    const from = place(isEncoding ? undefined : offset, this.length, 0);
    return bytes.length === 0 ? from : search(this.#queue, bytes, from);
  }

  /**
   * Empties the chain and gives back its blocks: those that are being written when that is done. Blocks
   * that a stream may keep are discarded.
   */
  clear(): void {
    this.#queue.clear();
    this.#lastSize = 0;
  }

  [Symbol.dispose](): void {
    this.clear();
  }

  #append(bytes: Uint8Array, blockSize: number): void {
    const room = this.#openLast();
    // Usually there is room, and nothing has to be split.
    if (bytes.length <= room) {
      this.#put(bytes);
      return;
    }
    this.#appendInto(this.#getBlocks(bytes.length - room, blockSize), blockSize, bytes);
  }

  /** Appends bytes that fill the last block and go on in these. */
  #appendInto(added: readonly RecycledBuffer[], blockSize: number, bytes: Uint8Array): void {
    const room = this.#openLast();
    if (room > 0) this.#put(bytes.subarray(0, room));
    let from = room;
    for (const block of added) {
      this.#queue.push(block);
      this.#lastSize = blockSize;
      this.#put(bytes.subarray(from, from + blockSize));
      from += blockSize;
    }
  }

  #widen(bytes: Uint8Array): void {
    this.#openLast();
    const last = this.#queue.last as RecycledBuffer;
    const size = this.#queue.used + bytes.length;
    this.#queue.replaceLast(this.#buffers.resize(last, size));
    this.#lastSize = size;
    this.#put(bytes);
  }

  #adopt(block: RecycledBuffer): void {
    this.#closeLast();
    this.#queue.push(block);
    this.#queue.extend(block.length);
    this.#lastSize = 0;
  }

  #space(): Uint8Array {
    if (this.#openLast() === 0) {
      this.#queue.push(this.#buffers.get(this.#blockSize));
      this.#lastSize = this.#blockSize;
    }
    const { buffer, byteOffset, length } = this.#queue.last as RecycledBuffer;
    const { used } = this.#queue;
    return new Uint8Array(buffer, byteOffset + used, length - used);
  }

  #readNumber(at: number, count: number, isLittleEndian: boolean): number {
    const place = this.#queue.find(at);
    const isWhole = place.end - place.at >= count;
    const bytes = isWhole ? place.block : this.slice(at, at + count);
    const from = isWhole ? place.at : 0;
    // Byte by byte, which is faster than Node's methods. What is no safe integer is not exact.
    let number = 0;
    for (let index = 0; index < count; index++) {
      const next = isLittleEndian ? count - 1 - index : index;
      number = number * 256 + (bytes[from + next] as number);
    }
    return number;
  }

  #put(bytes: Uint8Array): void {
    this.#queue.last?.set(bytes, this.#queue.used);
    this.#queue.extend(bytes.length);
  }

  /** A copy of the first bytes in a buffer of its own. */
  #copy(bytes: number): RecycledBuffer {
    const copy = this.#buffers.get(bytes);
    try {
      this.#queue.copyTo(copy, 0);
    } catch (error) {
      endUnused(copy);
      throw error;
    }
    return copy;
  }

  /** The first block, if it is to be taken as it is. */
  #takeBlock(bytes: number): RecycledBuffer | undefined {
    if (bytes === 0 || this.#queue.start > 0) return undefined;
    const { block, end } = this.#queue.find(0);
    const isLast = block === this.#queue.last;
    const size = isLast && this.#lastSize > 0 ? this.#lastSize : block.length;
    if (end !== bytes || 2 * bytes < size) return undefined;
    if (isLast) this.#closeLast();
    const taken = this.#queue.takeFirst();
    if (this.length === 0) this.#lastSize = 0;
    return taken;
  }

  /** Restores the last block to its full size, if that is safe. @returns the room in it. */
  #openLast(): number {
    const { last } = this.#queue;
    if (last === undefined) return 0;
    checkLeased('block', last);
    if (this.#lastSize === 0) return 0;
    if (last.length === this.#lastSize) return last.length - this.#queue.used;
    if (!isHeldByOne(last)) return 0;
    this.#queue.replaceLast(this.#buffers.resize(last, this.#lastSize));
    return this.#lastSize - this.#queue.used;
  }

  /** Cuts the last block to its used part. One into which nothing has come is given back. */
  #closeLast(): void {
    const { last, used } = this.#queue;
    if (last === undefined || last.length === used) return;
    if (used === 0) {
      this.#queue.dropLast();
      this.#lastSize = 0;
    } else this.#queue.replaceLast(this.#buffers.resize(last, used));
  }

  /** All blocks, each as long as what it holds. */
  #closedBlocks(): readonly RecycledBuffer[] {
    this.#queue.check();
    this.#closeLast();
    const { start } = this.#queue;
    if (start > 0) this.#moveFirst(start);
    return this.#queue.all;
  }

  /**
   * Copies what is left of the first block to one that begins with it. In place that would not be safe, as
   * a stream may still be reading the block.
   */
  #moveFirst(start: number): void {
    const { block, end } = this.#queue.find(0);
    const left = end - start;
    const other = this.#buffers.get(left);
    block.copy(other, 0, start, end);
    if (block === this.#queue.last) this.#lastSize = 0;
    this.#queue.replaceFirst(other);
  }

  #range(start: number | undefined, end: number | undefined): [from: number, to: number] {
    const from = place(start, this.length, 0);
    return [from, Math.max(from, place(end, this.length, this.length))];
  }

  #getBlocks(bytes: number, blockSize: number): RecycledBuffer[] {
    const blocks: RecycledBuffer[] = [];
    try {
      for (let room = 0; room < bytes; room += blockSize) blocks.push(this.#buffers.get(blockSize));
    } catch (error) {
      for (const block of blocks) endUnused(block);
      throw error;
    }
    return blocks;
  }
}
