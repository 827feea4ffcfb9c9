export type { Signal } from '../core/signal.ts';
export type { AcquireOptions } from '../leasing/acquire-options.ts';
export type { RecycledBuffer } from '../leasing/recycled-buffer.ts';
export type { SharedRecyclerHandle } from './memory.ts';
export type { SharedBufferRecyclerOptions, ShelfSize } from './options.ts';
export { SharedBufferRecycler } from './shared-buffer-recycler.ts';
export type { SharedBufferRecyclerStats } from './shared-stats.ts';
