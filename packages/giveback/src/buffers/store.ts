import type { Trace } from '../platform.ts';
import type { Shelf } from '../shelf.ts';
import type { RecycledBuffer } from './recycled-buffer.ts';

/** Whoever lends a store, and takes it back at the end of a `using` block. */
export interface Lender {
  readonly name: string;
  give(buffer: RecycledBuffer): boolean;
  discard(buffer: RecycledBuffer): void;
}

/** Where a lending was got and given back. */
export interface Lending {
  readonly gotAt?: Trace | undefined;
  readonly gaveAt?: Trace | undefined;
}

/**
 * The account of one backing store. It must not refer to the bytes or to a view of them: it outlives
 * them, to say what was lost when a lent buffer is garbage-collected.
 */
export class Store {
  readonly lender: Lender | undefined;
  /** Bytes that the store holds; what a user sees of them is `size`. */
  capacity: number;
  /** Bytes lent last. */
  size: number;
  /** Where it lies when idle. None for a store made to measure, which is freed when given. */
  shelf: Shelf<RecycledBuffer> | undefined;
  /**
   * One number for three things: above 0, lent, by the get of that number; below 0, idle, since the
   * give of that number (so the least recently used is the one nearest to 0); 0, gone.
   */
  mark = 0;
  /** The get whose stack `lending` has, where it was sampled. */
  sampled = 0;
  lending: Lending | undefined;

  constructor(
    lender: Lender | undefined,
    capacity: number,
    shelf: Shelf<RecycledBuffer> | undefined,
  ) {
    this.lender = lender;
    this.capacity = capacity;
    this.size = 0;
    this.shelf = shelf;
    this.lending = undefined;
  }
}
