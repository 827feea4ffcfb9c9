import { Buffer } from 'node:buffer';
import type { ClassLayout } from '../memory/layout.ts';
import type { SharedMemory } from '../memory/shared-memory.ts';
import type { BlockLease } from './block-lease.ts';
import type { BlockTable } from './block-table.ts';

/** To be copied from: on shared memory V8 fills byte by byte, and copies eight times as fast. */
const ZEROS = Buffer.alloc(64 * 1024);

/**
 * Option `wipe`. SIZE in a block's line tells how far the block may be dirty:
 *
 *   1. Beyond the first SIZE bytes of a block all bytes are zero, between any two steps of any threads. For
 *      memory is zero at first; only the owner writes SIZE and the bytes; it raises SIZE before it
 *      makes the view by which more bytes can be written (a get, a resize, or the pattern of guard
 *      `'poison'`), and lowers it only after it has zeroed what is cut off.
 *   2. A give zeroes the block and sets SIZE to 0, and only then makes it idle.
 *   3. A get zeroes the first SIZE bytes before it makes its view. As a rule that is none. It is what
 *      a thread has left that died, at whatever step, or that had issued a ticket which nobody adopted.
 *
 * So all bytes of every view are zero when it is made by a get, and those beyond it are at every moment. A
 * `reclaim` wipes nothing, as it never owns the block: another `reclaim` may be faster, and somebody
 * have the block by the time that this one has got to wiping. And to wipe takes a while for many blocks.
 */
export class Wiping {
  readonly #bytes: Buffer;
  readonly #table: BlockTable;
  readonly #classes: readonly ClassLayout[];

  constructor(memory: SharedMemory, table: BlockTable) {
    this.#classes = memory.layout.classes;
    this.#bytes = Buffer.from(memory.bytes);
    this.#table = table;
  }

  /** Zeroes what a block that this thread owns has beyond its first `size` bytes. */
  cut({ at, offset, sizeClass }: BlockLease, size: number): void {
    // A block that was damaged by hand may say anything.
    const { blockSize } = this.#classes[sizeClass] as ClassLayout;
    const dirty = Math.min(this.#table.size(at), blockSize);
    if (dirty <= size) return;
    for (let from = size; from < dirty; from += ZEROS.length) {
      const left = dirty - from;
      this.#bytes.set(left < ZEROS.length ? ZEROS.subarray(0, left) : ZEROS, offset + from);
    }
    this.#table.setSize(at, size);
  }
}
