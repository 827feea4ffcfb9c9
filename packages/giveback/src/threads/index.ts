export type { SharedRecyclerHandle } from './memory.ts';
export type { SharedBufferRecyclerOptions, ShelfSize } from './options.ts';
export type { SharedBuffer } from './shared-buffer.ts';
export { SharedBufferRecycler } from './shared-recycler.ts';
export type { SharedBufferRecyclerStats } from './shared-stats.ts';
export type { WaitOptions } from './wait-options.ts';
