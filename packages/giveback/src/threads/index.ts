export type { RecycledBuffer } from '../buffers/recycled-buffer.ts';
export type { AcquireOptions, Signal } from '../buffers/waiters.ts';
export type { SharedRecyclerHandle } from './memory.ts';
export type { SharedBufferRecyclerOptions, ShelfSize } from './options.ts';
export { SharedBufferRecycler } from './shared-recycler.ts';
export type { SharedBufferRecyclerStats } from './shared-stats.ts';
