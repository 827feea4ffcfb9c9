/**
 * The whole state of a shared recycler is in one SharedArrayBuffer, so every thread sees the same.
 * Positions are in 32-bit words. What threads often write shares no cache line of 64 bytes with what others
 * often read.
 *
 *  word 0 ┌──────────────────────────────────────────────────────────────────┐
 *         │ magic, version, id, guard, …          written once, by the maker │ 1 line
 *         ├──────────────────────────────────────────────────────────────────┤
 *         │ STATUS                 read by every get and give, rarely written │ 1 line
 *         ├──────────────────────────────────────────────────────────────────┤
 *         │ WAKE_UPS LAST_WAIT_NUMBER SLOTS WAITS …           the slow paths │ 1 line
 *         ├──────────────────────────────────────────────────────────────────┤
 *         │ size classes: block size and number   written once, by the maker │ 8 lines
 *         ├──────────────────────────────────────────────────────────────────┤
 *         │ thread slots: THREAD WAIT_NUMBER …               thread-slots.ts │ 4 words each
 *         ├──────────────────────────────────────────────────────────────────┤
 *         │ threads that are gone, by id mod 1,024           gone-threads.ts │ 64 lines
 *         ├──────────────────────────────────────────────────────────────────┤
 *         │ idle bitmaps, one a size class                    idle-bitmap.ts │ whole lines
 *         ├──────────────────────────────────────────────────────────────────┤
 *         │ block table: STATE MOVES SIZE RECEIVER …                         │ 1 line a block
 *         ├──────────────────────────────────────────────────────────────────┤
 *         │ with guard 'poison': stacks of each block's last get and give    │ 2 KiB a block
 *         ├──────────────────────────────────────────────────────────────────┤
 *         │ the bytes of the blocks, class by class                          │
 *         └──────────────────────────────────────────────────────────────────┘
 *
 * Invariants that hold between any two steps of any threads, and the files that explain them:
 *
 *   STATE         Who owns a block. It changes only by compare-and-exchange, and never returns to an
 *                 earlier value.                                                     block-state.ts
 *   the rest of   Written by the block's owner alone, and read by the next owner. Others read it for
 *   its line      reports, and `reclaim` reads RECEIVER: if the owner writes that at the same moment,
 *                 STATE changes as well, and nothing is reclaimed.                   block-table.ts
 *   idle bitmaps  Once an idle block's last owner has finished giving it, its bit is set, and every bit on
 *                 the path to it. The bit of a lent block may be set.               idle-bitmap.ts
 *   THREAD        0 → id + 1 → −(id + 1) → 0. A slot that owns a block is not freed, so the slot
 *                 in a STATE belongs to the thread that wrote it.                   thread-slots.ts
 *   gone threads  A thread that is gone stays gone. What is handed over to it after that is taken
 *                 back.                                                              gone-threads.ts
 *   WAIT_NUMBER,  A thread that sleeps on WAKE_UPS has a WAIT_NUMBER, and WAITED_FOR is set or WAKE_UPS is
 *   WAITED_FOR,   about to change. So a later give of a block wakes it. Only a death can prevent that, until
 *   WAKE_UPS      `reclaim`, or for 50 ms.                                           wait-order.ts, wake.ts
 */
export const LINE = 16;

// The first line: written once.

/** Tells the memory of a recycler from any other: 'gbsr'. */
export const MAGIC = 0;
export const MAGIC_WORD = 0x67627372;
/** Changes whenever anything in this folder changes the meaning of a word. */
export const VERSION = 1;
export const VERSION_WORD = 4;
/** Two words of random bits, of which the recycler's id is made. */
export const ID_HIGH = 2;
export const ID_LOW = 3;
/** 1 with guard `'poison'`. */
export const GUARD = 4;
/** How many size classes there are. */
const SIZE_CLASSES = 5;
/** The fraction of gets whose stack is kept, in units of 2^-30. */
export const SAMPLED = 6;
export const SAMPLED_UNIT: number = 2 ** 30;
/** 1 with `wipe`. */
export const WIPE = 7;

// The second line: read by every get and give.

/** The flags below. */
export const STATUS: number = LINE;
/** The maker has closed the recycler. */
export const CLOSED = 1;
/** A thread may be waiting for a block: see wait-order.ts. */
export const WAITED_FOR = 2;

// The third line: slow paths.

/** Counts the wake-ups of threads that wait; they sleep until it changes. */
export const WAKE_UPS: number = 2 * LINE;
/** The last wait number that was drawn. */
export const LAST_WAIT_NUMBER: number = 2 * LINE + 1;
/** The highest thread slot that was ever used. */
export const SLOTS: number = 2 * LINE + 2;
/** Statistics. */
export const WAITS: number = 2 * LINE + 3;
export const TIMEOUTS: number = 2 * LINE + 4;
export const RECLAIMS: number = 2 * LINE + 5;
/** The highest id, plus 1, among the threads that are gone and no longer listed. */
export const UNLISTED: number = 2 * LINE + 6;

/** Two words a class: bytes of a block, number of blocks. */
const CLASS_TABLE = 3 * LINE;
export const MAX_SIZE_CLASSES = 64;

export const SLOT_TABLE: number = CLASS_TABLE + 2 * MAX_SIZE_CLASSES;
/** Slots are numbered from 1: the owners 0 and 1,023 mean something else. */
export const MAX_SLOTS = 1022;
export const SLOT_WORDS = 4;
// The words of a slot.
/** The thread's id plus 1; negative once the thread is gone; 0 while the slot is free. */
export const THREAD = 0;
/** The thread's number among those that wait, the lowest served first; 0 if it does not wait. */
export const WAIT_NUMBER = 1;
/** The smallest size class that fits the request it waits with. */
export const WANTED_CLASS = 2;
/** How many acquires of the thread wait. */
export const WAITING = 3;

export const GONE_TABLE: number = upTo(LINE, SLOT_TABLE + MAX_SLOTS * SLOT_WORDS);
export const GONE_WORDS = 1024;

const BITMAPS = GONE_TABLE + GONE_WORDS;
/** How many blocks a word of the lowest level stands for, and how many words one of every level above. */
export const FAN_OUT = 32;

// A line of the block table, in words of 64 bits …
/** See block-state.ts. */
export const STATE = 0;
/** How often the block changed its owner or size within a lease. A float. */
export const MOVES = 1;
/** When it was lent last, in ms since the epoch; with guard `'poison'`. A float. */
export const GOT_AT = 2;
export const LINE_LONGS: number = LINE / 2;
// … and of 32 bits.
/** Bytes of the buffer that was lent last; with `wipe`, how far the block may be dirty: see wiping.ts. */
export const SIZE = 6;
/** The id plus 1 of the thread that a block was sent to; 0 if any may adopt it. */
export const RECEIVER = 7;
/** With guard `'poison'`: 1 if the block is filled; the ids of the threads that got and gave it last. */
export const FILLED = 8;
export const GETTER = 9;
export const GIVER = 10;

export const TRACE_BYTES = 1024;
/** Of the last get, and of the last give. */
export const TRACES = 2;

/** SIZE is one word. */
export const MAX_BLOCK_SIZE: number = 2 ** 32 - 1;
/** Each costs a line of the block table, used or not. */
export const MAX_BLOCKS: number = 2 ** 20;

/** A size class, as the options have it. */
export interface ClassSize {
  readonly blockSize: number;
  readonly blocks: number;
}

/** The blocks of one size. */
export interface ClassLayout extends ClassSize {
  /** The number of its first block: blocks are numbered through all classes. */
  readonly first: number;
  /** The levels of its bitmap, the lowest first. */
  readonly bitmap: readonly LevelLayout[];
  /** Where the bytes of its first block begin, and how far it is from one block to the next. */
  readonly start: number;
  readonly stride: number;
}

/** One level of an idle bitmap. The lowest has words of 32 bits, the others of 64. */
export interface LevelLayout {
  /** The first word, counted in words of its own size. */
  readonly at: number;
  readonly words: number;
}

export interface Layout {
  /** By block size, the smallest first. */
  readonly classes: readonly ClassLayout[];
  readonly blocks: number;
  /** The first word of block 0 in the block table. */
  readonly table: number;
  /** Where the stacks of block 0 begin, in bytes. There are none without guard `'poison'`. */
  readonly traces: number;
  /** Words before the first byte that is ever lent. */
  readonly words: number;
  readonly byteLength: number;
}

/** `sizes` in ascending order of `blockSize`. */
export function layOut(sizes: readonly ClassSize[], poison: boolean): Layout {
  let word = BITMAPS;
  let first = 0;
  const numbered = sizes.map((size) => {
    const bitmap = layOutBitmap(size.blocks, word);
    word = bitmap.end;
    const numberedClass = { ...size, first, bitmap: bitmap.levels };
    first += size.blocks;
    return numberedClass;
  });
  const traces = (word + first * LINE) * 4;
  const bytes = traces + (poison ? first * TRACES * TRACE_BYTES : 0);
  let start = bytes;
  const classes = numbered.map((numberedClass) => {
    const stride = upTo(64, numberedClass.blockSize);
    const placed = { ...numberedClass, start, stride };
    start += numberedClass.blocks * stride;
    return placed;
  });
  return { classes, blocks: first, table: word, traces, words: bytes / 4, byteLength: start };
}

/** The levels of a bitmap from that word on, until one has a single word. */
function layOutBitmap(blocks: number, word: number): { levels: LevelLayout[]; end: number } {
  let words = Math.ceil(blocks / FAN_OUT);
  const levels = [{ at: word, words }];
  let end = word + upTo(LINE, words);
  while (words > 1) {
    words = Math.ceil(words / FAN_OUT);
    levels.push({ at: end / 2, words });
    end += upTo(LINE, 2 * words);
  }
  return { levels, end };
}

/** Writes the size classes to the header. */
export function writeClasses(words: Int32Array, classes: readonly ClassSize[]): void {
  words[SIZE_CLASSES] = classes.length;
  for (const [index, { blockSize, blocks }] of classes.entries()) {
    words[CLASS_TABLE + 2 * index] = blockSize;
    words[CLASS_TABLE + 2 * index + 1] = blocks;
  }
}

/** Undefined if the words are not what `writeClasses` could have written. */
export function readClasses(words: Int32Array): ClassSize[] | undefined {
  const count = words[SIZE_CLASSES] as number;
  if (count < 1 || count > MAX_SIZE_CLASSES) return undefined;
  const classes = Array.from({ length: count }, (_, index) => ({
    blockSize: (words[CLASS_TABLE + 2 * index] as number) >>> 0,
    blocks: words[CLASS_TABLE + 2 * index + 1] as number,
  }));
  let blocks = 0;
  let last = 0;
  for (const each of classes) {
    blocks += each.blocks;
    if (each.blocks < 1 || blocks > MAX_BLOCKS || each.blockSize <= last) return undefined;
    last = each.blockSize;
  }
  return classes;
}

function upTo(multiple: number, value: number): number {
  return Math.ceil(value / multiple) * multiple;
}
