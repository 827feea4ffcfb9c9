/**
 * Recyclers of buffers and of objects. It needs no Node module, and loads in a browser.
 *
 * @module giveback
 */

// So that projects whose own libs do not know `Disposable` compile against the declarations.
/// <reference lib="esnext.disposable" preserve="true" />

export { BufferRecycler } from './buffers/buffer-recycler.ts';
export type { BufferRecyclerOptions } from './buffers/options.ts';
export type { GivebackErrorCode } from './core/errors.ts';
export { GivebackError, GivebackRangeError, GivebackTypeError } from './core/errors.ts';
export type {
  DiscardMessage,
  FreeMessage,
  GivebackEvents,
  LeakMessage,
  MakeMessage,
  ServedMessage,
  TimeoutMessage,
  WaitMessage,
} from './core/events.ts';
export type { AnyRecycler } from './core/recyclers.ts';
export { recyclers } from './core/recyclers.ts';
export type { Signal } from './core/signal.ts';
export type {
  AnyRecyclerStats,
  BufferRecyclerStats,
  FreeReason,
  RecyclerStats,
} from './core/stats.ts';
export type { AcquireOptions } from './leasing/acquire-options.ts';
export type { BufferPool } from './leasing/buffer-pool.ts';
export type { LeaseReport } from './leasing/lease-report.ts';
export type { RecycledBuffer } from './leasing/recycled-buffer.ts';
export { unpooled } from './leasing/unpooled.ts';
export type { Lease } from './objects/lease.ts';
export type { RecyclerOptions } from './objects/options.ts';
export { Recycler } from './objects/recycler.ts';
