export type { RecycledBuffer } from '../leasing/recycled-buffer.ts';
export type { AcquireOptions, Signal } from '../leasing/wait-queue.ts';
export type { SharedRecyclerHandle } from './memory.ts';
export type { SharedBufferRecyclerOptions, ShelfSize } from './options.ts';
export { SharedBufferRecycler } from './shared-buffer-recycler.ts';
export type { SharedBufferRecyclerStats } from './shared-stats.ts';
