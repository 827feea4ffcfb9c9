import type { LeasedStore, Lender } from '../../leasing/view.ts';

/** Where and when a get was, of those that are sampled. */
export interface LeaseSample {
  readonly stack: string | undefined;
  /** By `performance.now()` of this thread. */
  readonly at: number;
}

/** Where what belongs to a block lies. */
export type BlockPlace = Pick<BlockLease, 'sizeClass' | 'at' | 'offset' | 'bitAt' | 'bit'>;

/**
 * What one thread knows of one block: what its views of it are of. Made once for each block that the
 * thread has to do with, and used for lease after lease.
 */
export class BlockLease implements LeasedStore {
  /** Undefined once it was replaced: the thread was taken for dead while it had the block. */
  lender: Lender | undefined;
  readonly block: number;
  /** The index of the block's size class. */
  readonly sizeClass: number;
  /** Those of its class that this thread gave last. */
  readonly recent: BlockLease[];
  /** Where the block's line in the block table begins. */
  readonly at: number;
  /** Where its bytes begin. */
  readonly offset: number;
  /** The word and the bit of it that stand for the block in the idle bitmap. */
  readonly bitAt: number;
  readonly bit: number;
  /** The state that this thread brought about last. The block has it still if `isLent`. */
  state = 0n;
  /** The slot that had the block then. */
  owner = 0;
  /** What to add to `state` for a give: `endingOf(owner)`. */
  ending = 0n;
  /** Whether this thread has a view of it on lease. */
  isLent = false;
  /** Whether this thread gave it last, as far as it knows, and remembers that. */
  isRecent = false;
  sample: LeaseSample | undefined = undefined;

  constructor(lender: Lender, block: number, recent: BlockLease[], place: BlockPlace) {
    this.lender = lender;
    this.block = block;
    this.recent = recent;
    this.sizeClass = place.sizeClass;
    this.at = place.at;
    this.offset = place.offset;
    this.bitAt = place.bitAt;
    this.bit = place.bit;
  }
}
