import type { Lender } from '../../leasing/view.ts';
import type { ClassLayout } from '../memory/layout.ts';
import type { SharedMemory } from '../memory/shared-memory.ts';
import { BlockLease } from './block-lease.ts';
import type { BlockTable } from './block-table.ts';
import { placeOfBit } from './idle-bitmap.ts';

/** What one thread knows of the blocks that it has used. */
export class BlockLeases {
  readonly #memory: SharedMemory;
  readonly #table: BlockTable;
  readonly #lender: Lender;
  readonly #recentOf: (sizeClass: number) => BlockLease[];
  readonly #leases: (BlockLease | undefined)[] = [];

  /** `recentOf`: the blocks of a class that the thread gave last. */
  constructor(
    memory: SharedMemory,
    table: BlockTable,
    lender: Lender,
    recentOf: (sizeClass: number) => BlockLease[],
  ) {
    this.#memory = memory;
    this.#table = table;
    this.#lender = lender;
    this.#recentOf = recentOf;
  }

  of(block: number): BlockLease {
    const known = this.#leases[block];
    if (known !== undefined) return known;
    const sizeClass = this.#table.classOf(block);
    const layout = this.#memory.layout.classes[sizeClass] as ClassLayout;
    const lease = new BlockLease(this.#lender, block, this.#recentOf(sizeClass), {
      sizeClass,
      at: this.#table.at(block),
      offset: this.#memory.start(layout, block),
      ...placeOfBit(layout, block - layout.first),
    });
    this.#leases[block] = lease;
    return lease;
  }

  /** This thread's lease of a block, if it has one and the block still has that state. */
  current(block: number, state: bigint): BlockLease | undefined {
    const lease = this.#leases[block];
    return lease?.isLent && lease.state === state ? lease : undefined;
  }

  /**
   * A new lease in place of one that this thread still believed it had, when it was taken for dead and the
   * block reclaimed. So the old view can never end the new lease.
   */
  replace(lease: BlockLease): BlockLease {
    lease.lender = undefined;
    lease.isLent = false;
    this.#leases[lease.block] = undefined;
    return this.of(lease.block);
  }
}
