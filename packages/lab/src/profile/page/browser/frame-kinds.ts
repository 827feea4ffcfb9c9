/**
 * Kinds of frames. `opened`: not a caller, but where the bytes' server, connection or file was opened. `api`: what
 * allocated.
 */
export const FRAME_KINDS = ['own', 'package', 'node', 'eval', 'wasm', 'opened', 'api'] as const;

export type PageFrameKind = (typeof FRAME_KINDS)[number];

/** How many numbers of `PageData.frames` a frame has. */
export const FRAME_NUMBERS = 6;
