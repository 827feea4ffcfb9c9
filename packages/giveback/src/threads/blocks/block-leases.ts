import type { Lender } from '../../leasing/view.ts';
import type { ClassLayout } from '../memory/layout.ts';
import type { SharedMemory } from '../memory/shared-memory.ts';
import { BlockLease } from './block-lease.ts';
import type { BlockTable } from './block-table.ts';
import { placeOfBit } from './idle-bitmap.ts';

/** What one thread knows of the blocks that it has had to do with. */
export class BlockLeases {
  readonly #memory: SharedMemory;
  readonly #table: BlockTable;
  readonly #lender: Lender;
  readonly #recentOf: (sizeClass: number) => BlockLease[];
  readonly #leases: (BlockLease | undefined)[] = [];

  /** `recentOf`: those of a class that the thread gave last. */
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

  /** The lease that this thread has of a block, if it has one, as long as the block has that state. */
  current(block: number, state: bigint): BlockLease | undefined {
    const lease = this.#leases[block];
    return lease?.isLent && lease.state === state ? lease : undefined;
  }

  /**
   * A lease in place of one that this thread believed to have still: it was taken for dead, and the
   * block reclaimed. The view of the old one must not become that of the new one.
   */
  replace(lease: BlockLease): BlockLease {
    lease.lender = undefined;
    lease.isLent = false;
    this.#leases[lease.block] = undefined;
    return this.of(lease.block);
  }
}
