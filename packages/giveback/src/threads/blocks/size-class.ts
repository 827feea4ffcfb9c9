import { IDLE, ownerOf } from '../memory/block-state.ts';
import type { ClassLayout } from '../memory/layout.ts';
import type { SharedMemory } from '../memory/shared-memory.ts';
import type { BlockLease } from './block-lease.ts';
import type { BlockTable } from './block-table.ts';
import { IdleBitmap, NONE } from './idle-bitmap.ts';

/** The blocks of one size, as one thread takes and gives them. */
export class SizeClass {
  readonly blockSize: number;
  readonly blocks: number;
  readonly #first: number;
  readonly #table: BlockTable;
  readonly #bitmap: IdleBitmap;
  readonly #leaseOf: (block: number) => BlockLease;
  readonly #onMade: () => void;
  readonly #isIdle: (number: number) => boolean;
  /**
   * The blocks that this thread gave last, the last one on top: tried first, being the warmest in its
   * cache, and because no other thread is likely to be writing their lines. Others may have
   * taken them since, and one that this thread has taken by another way may lie here twice: only those
   * count that are marked `isRecent`.
   */
  readonly recent: BlockLease[] = [];

  /** `onMade` is called when this thread takes a block that was never lent before. */
  constructor(
    { words, longs }: SharedMemory,
    layout: ClassLayout,
    table: BlockTable,
    { leaseOf, onMade }: { leaseOf(block: number): BlockLease; onMade(): void },
  ) {
    this.blockSize = layout.blockSize;
    this.blocks = layout.blocks;
    this.#first = layout.first;
    this.#table = table;
    this.#bitmap = new IdleBitmap(words, longs, layout);
    this.#leaseOf = leaseOf;
    this.#onMade = onMade;
    this.#isIdle = (number) => ownerOf(table.state(table.at(this.#first + number))) === IDLE;
  }

  /**
   * Makes an idle block this thread's. `lending`: what that adds to its state.
   *
   * @returns undefined if each was lent when it was looked at.
   */
  take(lending: bigint): BlockLease | undefined {
    const { recent } = this;
    for (let lease = recent.pop(); lease !== undefined; lease = recent.pop()) {
      if (!lease.isRecent) continue;
      lease.isRecent = false;
      const state = lease.state + lending;
      if (!this.#table.change(lease.at, lease.state, state)) continue;
      lease.state = state;
      return lease;
    }
    return this.#takeAny(lending);
  }

  /** Whether any block is idle. `onAdded`: see `IdleBitmap`. */
  hasIdle(onAdded: () => void): boolean {
    return this.#bitmap.hasIdle(this.#isIdle, onAdded);
  }

  /** For a block that is idle by now. */
  add(block: number): void {
    this.#bitmap.add(block - this.#first);
  }

  /** Makes every idle block findable, whatever a dead thread has left undone. */
  repair(): void {
    this.#bitmap.repair(this.#isIdle);
  }

  #takeAny(lending: bigint): BlockLease | undefined {
    for (let number = this.#bitmap.takeOut(); number !== NONE; number = this.#bitmap.takeOut()) {
      const block = this.#first + number;
      const lease = this.#claim(block, lending);
      if (lease !== undefined) return lease;
      // Its owner may have given it by now, and have seen the bit still set: see `IdleBitmap`.
      this.#bitmap.tell();
      const after = this.#claim(block, lending);
      if (after !== undefined) return after;
    }
    return undefined;
  }

  #claim(block: number, lending: bigint): BlockLease | undefined {
    const at = this.#table.at(block);
    const before = this.#table.state(at);
    if (ownerOf(before) !== IDLE) return undefined;
    const state = before + lending;
    if (!this.#table.change(at, before, state)) return undefined;
    const lease = this.#leaseOf(block);
    lease.isRecent = false;
    lease.state = state;
    if (before === 0n) this.#onMade();
    return lease;
  }
}
