/**
 * Everything that a shared recycler is lies in one SharedArrayBuffer, in 32-bit words, so that every
 * thread sees the same and a handle to it is a handle to all. What threads write at the same time
 * never shares a line of 64 bytes (16 words) with what others read all the time.
 *
 *  word 0 ┌──────────────────────────────────────────────────────────────────┐
 *         │ MAGIC VERSION ID ID GUARD SHELVES     written once, by the maker │ 1 line
 *         ├──────────────────────────────────────────────────────────────────┤
 *         │ CLOSED WAITED_FOR      read by every get or give, seldom written │ 1 line
 *         ├──────────────────────────────────────────────────────────────────┤
 *         │ WAKE TICKETS SLOTS PROBE WAITS TIMEOUTS RECLAIMS  the slow paths │ 1 line
 *         ├──────────────────────────────────────────────────────────────────┤
 *         │ shelves: BLOCK_SIZE BLOCKS of each    written once, by the maker │ 8 lines
 *         ├──────────────────────────────────────────────────────────────────┤
 *         │ slots: THREAD TICKET WANT WAITING of each thread    see slots.ts │ 4 words each
 *         ├──────────────────────────────────────────────────────────────────┤
 *         │ reclaimed: which thread was, by its id mod 1,024    see slots.ts │ 64 lines
 *         ├──────────────────────────────────────────────────────────────────┤
 *         │ hints: one bit a block, set: probably idle      see free-list.ts │ whole lines a shelf
 *         ├──────────────────────────────────────────────────────────────────┤
 *         │ blocks: STATE SIZE HALVES TO FILLED GETTER GIVER                 │ 1 line each
 *         ├──────────────────────────────────────────────────────────────────┤
 *         │ traces, with guard 'poison': of each block's last get and give   │ 1 KiB each
 *         ├──────────────────────────────────────────────────────────────────┤
 *         │ the blocks' bytes, shelf by shelf                                │
 *         └──────────────────────────────────────────────────────────────────┘
 *
 * A block's bytes have room for the largest view and one page more, because where a view begins tells
 * which lending it is of: the `n`th lending begins `8 × (n mod 512)` bytes into the block.
 *
 *         ├─ 8 × (n mod 512) ─┼───── size ─────┼── unused ──┤
 *         └ the block         └ view.byteOffset             └ blockSize + 4,096, rounded up to 64
 *
 * `byteOffset` survives `postMessage`, where every property, private field and class of a view is
 * lost. So a stale view is told from a current one by nothing but where it lies, in any thread,
 * unless exactly a multiple of 512 lendings of that block lie between them *and* both are of the
 * same size. A view that never left its thread, or was adopted, is known by a private field as
 * well, which tells a million lendings apart.
 *
 * STATE, the word that decides whose a block is:
 *
 *            31           12  11   10   9       0
 *          ┌────────────────┬────┬────┬──────────┐  OWNER 0: idle; 1,023: discarded; else lent, on
 *          │ LENDING 20 bits│SENT│BUSY│  OWNER   │  the account of the thread in that slot
 *          └────────────────┴────┴────┴──────────┘  BUSY: its owner is about to give, send or resize it
 *                                                   SENT: on its way to the thread in slot TO
 *
 * HALVES counts how often LENDING has passed 2^19, so that no lending goes uncounted.
 */
export const LINE = 16;

export const MAGIC = 0;
export const VERSION = 1;
export const ID = 2;
export const GUARD = 4;
export const SHELVES = 5;

export const CLOSED: number = LINE;
export const WAITED_FOR: number = LINE + 1;

export const WAKE: number = 2 * LINE;
export const TICKETS: number = 2 * LINE + 1;
export const SLOTS: number = 2 * LINE + 2;
export const PROBE: number = 2 * LINE + 3;
export const WAITS: number = 2 * LINE + 4;
export const TIMEOUTS: number = 2 * LINE + 5;
export const RECLAIMS: number = 2 * LINE + 6;

const SHELF_TABLE = 3 * LINE;
export const MAX_SHELVES = 64;

export const SLOT_TABLE: number = SHELF_TABLE + 2 * MAX_SHELVES;
/** Owners 0 and 1,023 mean something else. */
export const MAX_SLOTS = 1022;
export const SLOT_WORDS = 4;
export const THREAD = 0;
export const TICKET = 1;
export const WANT = 2;
export const WAITING = 3;

export const RECLAIMED: number = upTo(LINE, SLOT_TABLE + MAX_SLOTS * SLOT_WORDS);
export const RECLAIMED_WORDS = 1024;

const HINTS = RECLAIMED + RECLAIMED_WORDS;

export const STATE = 0;
export const SIZE = 1;
export const HALVES = 2;
export const TO = 3;
export const FILLED = 4;
export const GETTER = 5;
export const GIVER = 6;

export const TRACE_BYTES = 1024;
/** Of its last get, and of its last give. */
export const TRACES = 2;

/** 'gbsr', and what changes whenever anything on this page does. */
export const MAGIC_WORD = 0x67627372;
export const VERSION_WORD = 2;

export const STEP = 8;
export const STEPS = 512;
/** SIZE is one word. */
export const MAX_BLOCK_SIZE: number = 2 ** 32 - 1;
/** Each costs a line of the header, touched or not. */
export const MAX_BLOCKS: number = 2 ** 20;

/** The blocks of one size. */
export interface ShelfLayout {
  readonly blockSize: number;
  readonly blocks: number;
  /** The number of its first block: blocks are numbered through all shelves. */
  readonly first: number;
  /** The first word of its hints. */
  readonly hints: number;
  /** Where its first block's bytes begin, and how far it is from one block's to the next one's. */
  readonly start: number;
  readonly stride: number;
}

export interface Layout {
  /** By block size, the smallest first. */
  readonly shelves: readonly ShelfLayout[];
  readonly blocks: number;
  /** The first word of block 0. */
  readonly table: number;
  /** Where the traces begin, in bytes: those of block 0, or none without guard `'poison'`. */
  readonly traces: number;
  /** Words before the first byte that is ever lent. */
  readonly words: number;
  readonly byteLength: number;
}

/** Shelves in ascending order of `blockSize`. */
export function layOut(
  sizes: readonly { readonly blockSize: number; readonly blocks: number }[],
  poison: boolean,
): Layout {
  let hints = HINTS;
  let first = 0;
  const numbered = sizes.map(({ blockSize, blocks }) => {
    const shelf = { blockSize, blocks, first, hints };
    first += blocks;
    hints += upTo(LINE, Math.ceil(blocks / 32));
    return shelf;
  });
  const traces = (hints + first * LINE) * 4;
  const bytes = traces + (poison ? first * TRACES * TRACE_BYTES : 0);
  let start = bytes;
  const shelves = numbered.map((shelf) => {
    const stride = upTo(64, shelf.blockSize + STEPS * STEP);
    const placed = { ...shelf, start, stride };
    start += shelf.blocks * stride;
    return placed;
  });
  return { shelves, blocks: first, table: hints, traces, words: bytes / 4, byteLength: start };
}

export function writeShelves(words: Int32Array, shelves: readonly ShelfLayout[]): void {
  words[SHELVES] = shelves.length;
  for (const [index, { blockSize, blocks }] of shelves.entries()) {
    words[SHELF_TABLE + 2 * index] = blockSize;
    words[SHELF_TABLE + 2 * index + 1] = blocks;
  }
}

export function readShelves(words: Int32Array): { blockSize: number; blocks: number }[] {
  return Array.from({ length: Math.min(words[SHELVES] as number, MAX_SHELVES) }, (_, index) => ({
    blockSize: (words[SHELF_TABLE + 2 * index] as number) >>> 0,
    blocks: words[SHELF_TABLE + 2 * index + 1] as number,
  }));
}

const LENDING_SHIFT = 12;
const LENDING_HALF = 2 ** 19;
export const SENT: number = 1 << 11;
export const BUSY: number = 1 << 10;
export const OWNER: number = BUSY - 1;
export const DISCARDED: number = OWNER;
/** What no block's STATE ever is: busy, and on nobody's account. */
export const NEVER: number = BUSY;

export function ownerOf(state: number): number {
  return state & OWNER;
}

export function lendingOf(state: number): number {
  return state >>> LENDING_SHIFT;
}

/** The state of the next lending, to `owner`. */
export function lentNext(state: number, owner: number): number {
  return ((lendingOf(state) + 1) << LENDING_SHIFT) | owner;
}

/** The same lending on another's account; with owner 0: given back. */
export function ownedBy(state: number, owner: number): number {
  return (state & ~(OWNER | BUSY | SENT)) | owner;
}

/** How far into its block the view of that lending begins, in bytes. */
export function shiftOf(state: number): number {
  return STEP * (lendingOf(state) % STEPS);
}

/** Whether a view may begin that far into a block. */
export function isShift(bytes: number): boolean {
  return bytes < STEP * STEPS && bytes % STEP === 0;
}

/** Whether HALVES lags behind: its lowest bit must be LENDING's highest. */
export function lagsBehind(state: number, halves: number): boolean {
  return (halves & 1) !== state >>> 31;
}

/** How often a block was lent so far. */
export function countLendings(state: number, halves: number): number {
  const passed = lagsBehind(state, halves) ? halves + 1 : halves;
  return passed * LENDING_HALF + (lendingOf(state) % LENDING_HALF);
}

function upTo(multiple: number, value: number): number {
  return Math.ceil(value / multiple) * multiple;
}
