// So that projects whose own libs do not know `Disposable` compile against the declarations.
/// <reference lib="esnext.disposable" preserve="true" />

export { BufferRecycler } from './buffers/buffer-recycler.ts';
export type { BufferRecyclerOptions } from './buffers/options.ts';
export type { GivebackErrorCode } from './core/errors.ts';
export { GivebackError, GivebackRangeError, GivebackTypeError } from './core/errors.ts';
export type { BufferRecyclerStats, FreeReason, RecyclerStats } from './core/stats.ts';
export type { RecycledBuffer } from './leasing/recycled-buffer.ts';
export type { AcquireOptions, Signal } from './leasing/wait-queue.ts';
export type { Lease } from './objects/lease.ts';
export type { RecyclerOptions } from './objects/recycler.ts';
export { Recycler } from './objects/recycler.ts';
