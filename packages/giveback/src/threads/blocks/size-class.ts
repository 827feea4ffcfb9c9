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
   * The blocks that this thread gave last, the latest on top. They are tried first, because they are the
   * warmest in its cache and no other thread is likely to be writing their lines. Other threads may have
   * taken them since, and one that this thread has taken in another way may be here twice: only entries
   * marked `isRecent` count.
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
   * Makes an idle block this thread's. `increment`: what that adds to its state.
   *
   * @returns undefined if each block was lent when it was looked at.
   */
  take(increment: bigint): BlockLease | undefined {
    const { recent } = this;
    for (let lease = recent.pop(); lease !== undefined; lease = recent.pop()) {
      if (!lease.isRecent) continue;
      lease.isRecent = false;
      const state = lease.state + increment;
      if (!this.#table.change(lease.at, lease.state, state)) continue;
      lease.state = state;
      return lease;
    }
    return this.#takeFound(increment);
  }

  /** Whether any block is idle. `onAdded`: see `IdleBitmap`. */
  hasIdle(onAdded: () => void): boolean {
    return this.#bitmap.hasIdle(this.#isIdle, onAdded);
  }

  /** Lets all threads find a block that has become idle. */
  add(block: number): void {
    this.#bitmap.add(block - this.#first);
  }

  /** Makes every idle block findable, whatever a dead thread has left undone. */
  repair(): void {
    this.#bitmap.repair(this.#isIdle);
  }

  #takeFound(increment: bigint): BlockLease | undefined {
    for (let number = this.#bitmap.takeOut(); number !== NONE; number = this.#bitmap.takeOut()) {
      const block = this.#first + number;
      const lease = this.#claim(block, increment);
      if (lease !== undefined) return lease;
      // Its owner may have given it meanwhile, when the bit was still set: see `IdleBitmap`.
      this.#bitmap.tell();
      const after = this.#claim(block, increment);
      if (after !== undefined) return after;
    }
    return undefined;
  }

  #claim(block: number, increment: bigint): BlockLease | undefined {
    const at = this.#table.at(block);
    const before = this.#table.state(at);
    if (ownerOf(before) !== IDLE) return undefined;
    const state = before + increment;
    if (!this.#table.change(at, before, state)) return undefined;
    const lease = this.#leaseOf(block);
    lease.isRecent = false;
    lease.state = state;
    if (before === 0n) this.#onMade();
    return lease;
  }
}
