/// <reference lib="esnext.disposable" preserve="true" />

/** Node's `Buffer` where there are types for it, else `Uint8Array`. */
type Bytes = typeof globalThis extends { Buffer: { allocUnsafeSlow(size: number): infer B } }
  ? B
  : Uint8Array;

/**
 * A buffer on lease: a real `Buffer` of exactly the size asked for (a `Uint8Array` where there is no
 * Node), contents undefined. It is the view of one lease: once that has ended, this object can end
 * nothing any more, whoever holds the same memory by then. Its store may be larger, and is never part
 * of Node's shared pool. `using` gives it back at the end of the block, unless its lease has ended by
 * then.
 */
export type RecycledBuffer = Bytes & Disposable;
