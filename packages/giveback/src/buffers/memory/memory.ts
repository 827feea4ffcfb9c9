import type { IdleStack } from '../../core/idle-stack.ts';
import type { Store } from '../store.ts';

/** Where a buffer's bytes come from, and which idle store serves which size. */
export interface Memory {
  /** The bytes that a new store for `size` bytes holds at least. */
  capacityFor(size: number): number;

  /** The stack on top of which the idle store lies that serves `size` bytes; an empty one if there is none. */
  stackFor(size: number): IdleStack<Store>;

  /** The least that a store can hold to serve `size`: what it holds already, where it cannot be resized. */
  fit(size: number, store: Store): number;

  /** Makes a store as large as `fit` said. Throws a RangeError when the platform refuses. */
  resize(bytes: ArrayBuffer, capacity: number): void;

  /** A stack on top of which an idle store lies that has room for `size` bytes, however much too large. */
  stackAbove(size: number): IdleStack<Store> | undefined;

  /** Whether a store that is too large can be trimmed while it is lent. */
  readonly trims: boolean;

  /**
   * New bytes, zero: as many as `capacityFor` said, or more, up to `room`, where that is worth having.
   * Throws a RangeError when the platform refuses.
   */
  make(size: number, room: number): ArrayBuffer;

  /** Where a store lies when it is idle. */
  stackOf(store: Store): IdleStack<Store>;
}
