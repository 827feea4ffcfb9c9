export type { GivebackErrorCode } from './errors.ts';
export { GivebackError, GivebackRangeError, GivebackTypeError } from './errors.ts';
export type { Lease } from './lease.ts';
export type { RecyclerOptions } from './recycler.ts';
export { Recycler } from './recycler.ts';
export type { RecyclerStats } from './stats.ts';
