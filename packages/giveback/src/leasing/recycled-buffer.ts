/// <reference lib="esnext.disposable" preserve="true" />

/** Node's `Buffer` where there are types for it, else `Uint8Array`. */
type Bytes = typeof globalThis extends { Buffer: { allocUnsafeSlow(size: number): infer B } }
  ? B
  : Uint8Array;

/**
 * A lent buffer: a real `Buffer` of exactly the size asked for (a `Uint8Array` where there is no
 * Node), with contents undefined. Its backing store may be larger, and is never part of Node's shared
 * pool. `using` gives it back at the end of the block, unless it was given back or discarded by then.
 */
export type RecycledBuffer = Bytes & Disposable;

/**
 * The method of a lent buffer by which code that knows no recycler discards it: what `Symbol.dispose` is
 * to `give`, this is to `discard`.
 */
export const ABANDON: unique symbol = Symbol('giveback.abandon');

export interface Abandonable {
  [ABANDON](): void;
}
