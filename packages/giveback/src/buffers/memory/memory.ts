import type { Store } from '../store.ts';
import type { SizedStack } from './sized-stacks.ts';

/** Where a buffer's bytes come from, and which idle stores can serve which size. */
export interface Memory {
  /** The stacks of idle stores that were needed so far: others may be added. */
  readonly stacks: readonly SizedStack[];

  /** The bytes that a new store for `size` bytes holds at least. */
  capacityFor(size: number): number;

  /**
   * The stack on top of which, most likely, a store lies that fits `size` bytes well: by what was
   * remembered.
   */
  likely(size: number): SizedStack | undefined;

  /** A store of that stack fits `size` bytes well. */
  remember(size: number, stack: SizedStack): void;

  /**
   * The stack whose top is the smallest idle store with at least `size` bytes; undefined if there is none.
   */
  above(size: number): SizedStack | undefined;

  /** The stack whose top is the largest idle store with fewer bytes that can grow to `size`. */
  below(size: number): SizedStack | undefined;

  /**
   * Whether an idle store with at least `size` bytes is hardly larger than that, so it is taken at once.
   */
  fitsWell(size: number, store: Store): boolean;

  /** Whether it is, for good, so much larger that a new store should be made if possible. */
  isTooLarge(size: number, store: Store): boolean;

  /** Whether a store that is too large can be trimmed while it is lent. */
  readonly trims: boolean;

  /** The least capacity at which a store serves `size`: its present one, if it cannot be resized. */
  fit(size: number, store: Store): number;

  /** Resizes the bytes of a store to what `fit` returned. Throws a RangeError if the platform refuses. */
  resize(bytes: ArrayBuffer, capacity: number): void;

  /**
   * New bytes, all zero: as many as `capacityFor` returned or, if it helps to have more, up to `room`.
   * Throws a RangeError if the platform refuses.
   */
  make(size: number, room: number): ArrayBuffer;

  /** The stack of a store when it is idle. */
  stackOf(store: Store): SizedStack;
}
