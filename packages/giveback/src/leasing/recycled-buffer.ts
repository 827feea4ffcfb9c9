/// <reference lib="esnext.disposable" preserve="true" />

/** Node's `Buffer` where there are types for it, else `Uint8Array`. */
type Bytes = typeof globalThis extends { Buffer: { allocUnsafeSlow(size: number): infer B } }
  ? B
  : Uint8Array;

/**
 * A buffer on lease: a real `Buffer` of exactly the size asked for (in a browser, a `Uint8Array`), contents
 * undefined. It is the view of one lease. Once that has ended, this object can end nothing any more, even
 * if the same memory was lent again. Its store may be larger, and is never part of Node's shared pool.
 * `using` gives the buffer back at the end of the block, unless its lease has ended before.
 *
 * `structuredClone` and `postMessage` carry the whole store, with what others have left in it: send a copy,
 * `new Uint8Array(buffer)`.
 */
export type RecycledBuffer = Bytes & Disposable;
