// So that projects whose own libs do not know `Disposable` compile against the declarations.
/// <reference lib="esnext.disposable" preserve="true" />

export type { BufferRecyclerOptions } from './buffers/buffer-options.ts';
export { BufferRecycler } from './buffers/buffer-recycler.ts';
export type { RecycledBuffer } from './buffers/recycled-buffer.ts';
export type { AcquireOptions, Signal } from './buffers/waiters.ts';
export type { GivebackErrorCode } from './errors.ts';
export { GivebackError, GivebackRangeError, GivebackTypeError } from './errors.ts';
export type { Lease } from './lease.ts';
export type { RecyclerOptions } from './recycler.ts';
export { Recycler } from './recycler.ts';
export type { BufferRecyclerStats, FreeReason, RecyclerStats } from './stats.ts';
