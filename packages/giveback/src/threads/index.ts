/**
 * One recycler for all threads, in shared memory.
 *
 * @module giveback/threads
 */

export type { Signal } from '../core/signal.ts';
export type { AcquireOptions } from '../leasing/acquire-options.ts';
export type { LeaseReport } from '../leasing/lease-report.ts';
export type { RecycledBuffer } from '../leasing/recycled-buffer.ts';
export type { SharedRecyclerHandle } from './memory/shared-memory.ts';
export type { SharedBufferRecyclerOptions, SizeClassOptions } from './options.ts';
export { SharedBufferRecycler } from './shared-buffer-recycler.ts';
export type { SharedBufferRecyclerStats } from './stats.ts';
export type { BufferTicket } from './ticket.ts';
