import type { LeasedStore, Lender } from '../../leasing/view.ts';

/** Where and when a sampled get was made. */
export interface LeaseSample {
  readonly stack: string | undefined;
  /** By `performance.now()` of this thread. */
  readonly at: number;
}

/** Where the parts of a block lie. */
export type BlockPlace = Pick<BlockLease, 'sizeClass' | 'at' | 'offset' | 'bitAt' | 'bit'>;

/**
 * What one thread knows of one block: the store of its views. Made once for each block that the thread
 * uses, and used for lease after lease.
 */
export class BlockLease implements LeasedStore {
  /** Undefined once this was replaced, because the thread was taken for dead while it had the block. */
  lender: Lender | undefined;
  readonly block: number;
  /** The index of the block's size class. */
  readonly sizeClass: number;
  /** The blocks of its class that this thread gave last: see `SizeClass`. */
  readonly recent: BlockLease[];
  /** Where the block's line in the block table begins. */
  readonly at: number;
  /** Where its bytes begin. */
  readonly offset: number;
  /** The word and the bit of it that stand for the block in the idle bitmap. */
  readonly bitAt: number;
  readonly bit: number;
  /** The state that this thread wrote last. The block still has it if `isLent`. */
  state = 0n;
  /** The slot that owned the block then. */
  owner = 0;
  /** What a give adds to `state`: `giveIncrement(owner)`. */
  giveIncrement = 0n;
  /** Whether this thread has a view of the block on lease. */
  isLent = false;
  /** Whether the block is in `recent`, and nobody has taken it since, as far as this thread knows. */
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
