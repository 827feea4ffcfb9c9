import type { Shelf } from '../../core/idle-stack.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';

/** Where a buffer's bytes come from, and which idle store serves which size. */
export interface Memory {
  /** The bytes that a new store for `size` bytes holds at least. */
  capacityFor(size: number): number;

  /** The shelf whose top is the idle store to serve `size` bytes; an empty one if there is none. */
  shelfOf(size: number): Shelf<RecycledBuffer>;

  /** The bytes that a store of `capacity` should hold to serve `size`: often what it holds already. */
  fit(size: number, capacity: number, bytes: ArrayBuffer): number;

  /** Makes a taken store as large as `fit` said. Throws a RangeError when the platform refuses. */
  resize(bytes: ArrayBuffer, capacity: number): void;

  /**
   * New bytes, zero: as many as `capacityFor` said, or more, up to `room`, where that is worth having.
   * Throws a RangeError when the platform refuses.
   */
  make(size: number, room: number): ArrayBuffer;

  /** Where a store of these bytes lies when it is idle. */
  shelfFor(bytes: ArrayBuffer): Shelf<RecycledBuffer>;
}
