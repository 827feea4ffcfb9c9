import { GivebackError } from '../../core/errors.ts';
import { checkLeased } from '../../leasing/check-leased.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { endLease } from '../../leasing/view.ts';
import { handOut, hold, isHeldByOne, letGo } from '../write/holds.ts';

//             ┌─────────────┐ ┌─────────────┐ ┌─────────────┐
//   #blocks   │     ▒▒▒▒▒▒▒▒│ │▒▒▒▒▒▒▒▒▒▒▒▒▒│ │▒▒▒▒▒▒       │
//             └─────────────┘ └─────────────┘ └─────────────┘
//             consumed until #start        #ends: until there
//
// A block that somebody has given back may have length 0. So where its bytes end is kept apart from it.

/** Where a byte lies: at `at` in `block`. What counts of the block ends before `end`. */
interface Place {
  readonly block: RecycledBuffer;
  readonly at: number;
  readonly end: number;
}

/**
 * The blocks of a chain: bytes are added at the end and consumed at the front. However many blocks there
 * are, that takes constant time.
 */
export class BlockQueue {
  #blocks: RecycledBuffer[] = [];
  #ends: number[] = [];
  /** The index of the first block. Those before it are gone. */
  #head = 0;
  #start = 0;
  #length = 0;
  /** The block that was found last, while it is known where it begins: after the first one. */
  #foundIndex = 0;
  /** Where it would begin if none of it were consumed. */
  #foundBegin = 0;

  /** Bytes in all blocks. */
  get length(): number {
    return this.#length;
  }

  get last(): RecycledBuffer | undefined {
    return this.#blocks[this.#blocks.length - 1];
  }

  /** The offset in the last block at which the next byte goes. */
  get used(): number {
    return this.#ends[this.#ends.length - 1] ?? 0;
  }

  /** How many bytes of the first block are consumed. */
  get start(): number {
    return this.#start;
  }

  /** Adds a block of which nothing counts yet. */
  push(block: RecycledBuffer): void {
    hold(block, endLease);
    this.#blocks.push(block);
    this.#ends.push(0);
  }

  /** Tells that so many more bytes of the last block count. */
  extend(bytes: number): void {
    this.#ends[this.#ends.length - 1] = this.used + bytes;
    this.#length += bytes;
  }

  /** Puts another view of the same bytes in the place of the last block. */
  replaceLast(block: RecycledBuffer): void {
    letGo(this.#blocks.pop() as RecycledBuffer, true);
    hold(block, endLease);
    this.#blocks.push(block);
  }

  /** Lets go of the last block, of which nothing counts. */
  dropLast(): void {
    this.#ends.pop();
    letGo(this.#blocks.pop() as RecycledBuffer, true);
  }

  /** Puts a block that holds what is left of the first one in its place. */
  replaceFirst(block: RecycledBuffer): void {
    const first = this.#blocks[this.#head] as RecycledBuffer;
    this.#ends[this.#head] = this.#endOf(this.#head) - this.#start;
    this.#start = 0;
    this.#foundIndex = 0;
    hold(block, endLease);
    this.#blocks[this.#head] = block;
    letGo(first, true);
  }

  /** Drops bytes at the front, at most all, and lets go of each block of which none is left. */
  consume(bytes: number): void {
    this.#foundIndex = 0;
    if (bytes >= this.#length) {
      this.clear();
      return;
    }
    this.#start += bytes;
    this.#length -= bytes;
    if (this.#start < this.#endOf(this.#head)) return;
    while (this.#start >= this.#endOf(this.#head)) {
      this.#start -= this.#endOf(this.#head);
      letGo(this.#blocks[this.#head++] as RecycledBuffer, true);
    }
    this.#compact();
  }

  /**
   * Takes the first block out if nothing of it is consumed, and nobody else holds it.
   *
   * @returns the block, whose lease is the caller's.
   */
  takeFirst(): RecycledBuffer | undefined {
    const block = this.#blocks[this.#head];
    if (block === undefined || this.#start > 0 || !isHeldByOne(block)) return undefined;
    handOut(block);
    this.#foundIndex = 0;
    this.#length -= this.#endOf(this.#head++);
    if (this.#length === 0) this.clear();
    else this.#compact();
    return block;
  }

  clear(): void {
    const [blocks, head] = [this.#blocks, this.#head];
    this.#blocks = [];
    this.#head = 0;
    this.#foundIndex = 0;
    this.#ends = [];
    this.#start = 0;
    this.#length = 0;
    for (let index = head; index < blocks.length; index++)
      letGo(blocks[index] as RecycledBuffer, true);
  }

  /**
   * Where the byte at `at` lies, which must be one of the queue's.
   *
   * @throws `ERR_GIVEBACK_NOT_LEASED` if somebody has given the block back, or its bytes away.
   */
  find(at: number): Place {
    if (at < this.#endOf(this.#head) - this.#start)
      return this.#placeIn(this.#head, at + this.#start);
    // From the nearest known block: whoever reads goes on where the last look ended, or near an end.
    let index = this.#head;
    let begin = -this.#start;
    let distance = at;
    if (this.#length - at < distance) {
      index = this.#blocks.length - 1;
      begin = this.#length - this.used;
      distance = this.#length - at;
    }
    if (this.#foundIndex > this.#head && Math.abs(at - this.#foundBegin) < distance) {
      index = this.#foundIndex;
      begin = this.#foundBegin;
    }
    while (at < begin) begin -= this.#endOf(--index);
    while (at >= begin + this.#endOf(index)) begin += this.#endOf(index++);
    this.#foundIndex = index;
    this.#foundBegin = begin;
    return this.#placeIn(index, at - begin);
  }

  /** Copies bytes from `from` on: as many as `target` has, or all. */
  copyTo(target: Uint8Array, from: number): void {
    const size = Math.min(target.length, this.#length - from);
    for (let done = 0; done < size; ) {
      const { block, at, end } = this.find(from + done);
      done += block.copy(target, done, at, Math.min(end, at + size - done));
    }
  }

  /** All blocks. */
  get all(): readonly RecycledBuffer[] {
    this.#compact(0);
    return this.#blocks;
  }

  /** @throws `ERR_GIVEBACK_NOT_LEASED` if somebody has given one of the blocks back, or its bytes away. */
  check(): void {
    for (let index = this.#head; index < this.#blocks.length; index++)
      checkBlock(this.#blocks[index] as RecycledBuffer, this.#endOf(index));
  }

  #placeIn(index: number, at: number): Place {
    const block = this.#blocks[index] as RecycledBuffer;
    const end = this.#endOf(index);
    checkBlock(block, end);
    return { block, at, end };
  }

  #endOf(index: number): number {
    return this.#ends[index] as number;
  }

  /** Forgets the places of blocks that are gone, once they are most: so each is moved once at most. */
  #compact(most = Math.max(16, this.#blocks.length / 2)): void {
    if (this.#head <= most) return;
    this.#blocks.splice(0, this.#head);
    this.#ends.splice(0, this.#head);
    this.#foundIndex = 0;
    this.#head = 0;
  }
}

/** Nothing may be read of a block that is somebody else's by now, nor of one whose bytes were transferred away. */
function checkBlock(block: RecycledBuffer, end: number): void {
  checkLeased('block', block);
  // Not `length`, which optimized code of Node 20 may believe unchanged.
  if (block.byteLength < end)
    throw new GivebackError(
      'ERR_GIVEBACK_NOT_LEASED',
      'Expected a chain that has all its blocks, got one of which the bytes of a block were transferred away.',
    );
}
