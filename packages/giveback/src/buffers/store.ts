import type { Shelf } from '../core/idle-stack.ts';
import type { RecycledBuffer } from '../leasing/recycled-buffer.ts';

/** Whoever lends a store, and takes it back at the end of a `using` block. */
export interface Lender {
  readonly name: string;
  give(buffer: RecycledBuffer): boolean;
  discard(buffer: RecycledBuffer): void;
}

/** Where a lending was got and given back. */
export interface Lending {
  readonly gotAt?: string | undefined;
  readonly gaveAt?: string | undefined;
}

/**
 * The account of one backing store. It must not refer to the bytes or to a view of them: it outlives
 * them, to say what was lost when a lent buffer is garbage-collected.
 */
export class Store {
  readonly lender: Lender | undefined;
  /** Bytes that the store holds; what a user sees of them is `size`. */
  capacity = 0;
  /** Bytes lent last. */
  size = 0;
  /** Where it lies when idle. None for a store made to measure, which is freed when given. */
  shelf: Shelf<RecycledBuffer> | undefined;
  /** Otherwise it is idle or gone. */
  isLent = false;
  /** The number of the give that brought it back last: the least recently used has the lowest. */
  gave = 0;
  /** The same as it was when it was lent by the get whose stack `lending` has, if one was sampled. */
  sampled = -1;
  lending: Lending | undefined = undefined;

  constructor(
    lender: Lender | undefined,
    capacity: number,
    shelf: Shelf<RecycledBuffer> | undefined,
  ) {
    this.lender = lender;
    this.capacity = capacity;
    this.shelf = shelf;
  }
}
