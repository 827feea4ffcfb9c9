import type { Store } from '../store.ts';
import type { SizedStack } from './sized-stacks.ts';

/** Where a buffer's bytes come from, and which idle stores can serve which size. */
export interface Memory {
  /** The stacks of idle stores that were needed so far: others may be added. */
  readonly stacks: readonly SizedStack[];

  /** The bytes that a new store for `size` bytes holds at least. */
  capacityFor(size: number): number;

  /** The stack on top of which, most likely, a store lies that fits `size` bytes well: by what was remembered. */
  likely(size: number): SizedStack | undefined;

  /** A store of that stack fits `size` bytes well. */
  remember(size: number, stack: SizedStack): void;

  /** The stack on top of which the smallest idle store lies that holds `size` bytes. */
  above(size: number): SizedStack | undefined;

  /** The stack on top of which the largest idle store lies that does not, but can be grown to. */
  below(size: number): SizedStack | undefined;

  /** Whether an idle store that holds `size` bytes is so near to them that another could hardly be better. */
  fitsWell(size: number, store: Store): boolean;

  /** Whether it holds so many more, for good, that another should be made, if that can be. */
  isTooLarge(size: number, store: Store): boolean;

  /** Whether a store that is too large can be trimmed while it is lent. */
  readonly trims: boolean;

  /** The least that a store can hold to serve `size`: what it holds already, where it cannot be resized. */
  fit(size: number, store: Store): number;

  /** Makes a store as large as `fit` said. Throws a RangeError when the platform refuses. */
  resize(bytes: ArrayBuffer, capacity: number): void;

  /**
   * New bytes, zero: as many as `capacityFor` said, or more, up to `room`, where that is worth having.
   * Throws a RangeError when the platform refuses.
   */
  make(size: number, room: number): ArrayBuffer;

  /** Where a store lies when it is idle. */
  stackOf(store: Store): SizedStack;
}
