import { Buffer } from 'node:buffer';
import type { ClassLayout } from '../memory/layout.ts';
import type { SharedMemory } from '../memory/shared-memory.ts';
import type { BlockLease } from './block-lease.ts';
import type { BlockTable } from './block-table.ts';

/** The source to copy zeros from: V8 fills shared memory byte by byte, but copies eight times as fast. */
const ZEROS = Buffer.alloc(64 * 1024);

/**
 * Option `wipe`. SIZE, in a block's line, tells how many bytes of the block may be dirty:
 *
 *   1. Between any two steps of any threads, all bytes beyond the first SIZE are zero. Memory is zero at
 *      first, and only the owner writes SIZE and the bytes. It raises SIZE before it makes a view that can
 *      write more bytes (in a get, a resize, or for the pattern of guard `'poison'`), and lowers SIZE only
 *      after it has zeroed what is cut off.
 *   2. A give zeroes the block and sets SIZE to 0 before it makes the block idle.
 *   3. A get zeroes the first SIZE bytes before it makes its view. Usually there are none. Otherwise they
 *      were left by a thread that died, at whatever step, or that issued a ticket which nobody adopted.
 *
 * So all bytes of a new view are zero, and all bytes beyond a view are zero at any time. `reclaim` wipes
 * nothing, because it never owns the block: another `reclaim` may be faster, and a thread may get the block
 * before this one has wiped it. And wiping many blocks would take long.
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

  /** Zeroes all but the first `size` bytes of a block that this thread owns. */
  cut({ at, offset, sizeClass }: BlockLease, size: number): void {
    // If somebody wrote to the header, it may say anything.
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
