import { GivebackError, GivebackRangeError, GivebackTypeError, got } from '../core/errors.ts';
import {
  CLOSED,
  GUARD,
  ID,
  isShift,
  type Layout,
  layOut,
  MAGIC,
  MAGIC_WORD,
  PROBE,
  readShelves,
  type ShelfLayout,
  VERSION,
  VERSION_WORD,
  writeShelves,
} from './layout.ts';
import type { ResolvedOptions } from './options.ts';

/**
 * What `SharedBufferRecycler.from` makes the same recycler of, in another thread: pass it in
 * `workerData` or by `postMessage`.
 */
export interface SharedRecyclerHandle {
  /** The recycler's name. */
  readonly name: string;
  /** All its memory: header, free list and blocks. Writing to it by hand breaks the recycler. */
  readonly memory: SharedArrayBuffer;
}

/** Where a view lies: in which block, and how far from its beginning. */
export interface Place {
  readonly shelf: number;
  readonly block: number;
  readonly shift: number;
}

/** The bytes and words of one shared recycler, as one thread sees them. */
export class SharedMemory {
  readonly bytes: SharedArrayBuffer;
  readonly words: Int32Array;
  readonly layout: Layout;
  readonly poison: boolean;

  constructor(bytes: SharedArrayBuffer, layout: Layout, poison: boolean) {
    this.bytes = bytes;
    this.layout = layout;
    this.poison = poison;
    this.words = new Int32Array(bytes, 0, layout.words);
  }

  static make({ shelves, guard }: ResolvedOptions): SharedMemory {
    const poison = guard === 'poison';
    const layout = layOut(shelves, poison);
    const memory = new SharedMemory(allocate(layout.byteLength), layout, poison);
    const { words } = memory;
    const id = crypto.getRandomValues(new Int32Array(2));
    words.set(id, ID);
    words[GUARD] = Number(poison);
    writeShelves(words, layout.shelves);
    words[VERSION] = VERSION_WORD;
    words[MAGIC] = MAGIC_WORD;
    return memory;
  }

  /** @throws `ERR_GIVEBACK_HANDLE` for memory that no recycler of this version made. */
  static open(bytes: SharedArrayBuffer): SharedMemory {
    if (bytes.byteLength < SMALLEST) throw notAHandle('too little shared memory');
    const words = new Int32Array(bytes, 0, SMALLEST / 4);
    if (words[MAGIC] !== MAGIC_WORD) throw notAHandle('the handle of something else');
    if (words[VERSION] !== VERSION_WORD)
      throw notAHandle(`one of version ${words[VERSION]} (this is version ${VERSION_WORD})`);
    const poison = words[GUARD] === 1;
    const layout = layOut(readShelves(words), poison);
    if (layout.byteLength !== bytes.byteLength) throw notAHandle('one whose header is damaged');
    return new SharedMemory(bytes, layout, poison);
  }

  /** Tells recyclers apart within a process: the same in every thread. */
  get id(): string {
    return `${this.words[ID]},${this.words[ID + 1]}`;
  }

  get isClosed(): boolean {
    return this.words[CLOSED] !== 0;
  }

  /** Where the first view of a block begins, in bytes. */
  start(shelf: ShelfLayout, block: number): number {
    return shelf.start + (block - shelf.first) * shelf.stride;
  }

  /** Undefined for a view of other memory, or one that no lending has or had. */
  find(view: ArrayBufferView): Place | undefined {
    const { byteOffset, byteLength, buffer } = view;
    const shelves = this.layout.shelves;
    const index = shelves.findLastIndex(({ start }) => byteOffset >= start);
    const shelf = shelves[index];
    if (shelf === undefined || byteLength > shelf.blockSize || !this.#isSameAs(buffer)) return;
    const number = Math.floor((byteOffset - shelf.start) / shelf.stride);
    const shift = byteOffset - shelf.start - number * shelf.stride;
    return isShift(shift) && number < shelf.blocks
      ? { shelf: index, block: shelf.first + number, shift }
      : undefined;
  }

  /**
   * Every message makes a new SharedArrayBuffer object of the same memory, so identity proves
   * nothing. Nor do equal bytes: somebody may have copied them. What proves it is that a change
   * made here shows there.
   */
  #isSameAs(other: ArrayBufferLike): boolean {
    if (other === this.bytes) return true;
    if (!isShared(other) || other.byteLength !== this.bytes.byteLength) return false;
    const theirs = new Int32Array(other, 0, SMALLEST / 4);
    if (theirs[ID] !== this.words[ID] || theirs[ID + 1] !== this.words[ID + 1]) return false;
    const before = Atomics.load(theirs, PROBE);
    Atomics.add(this.words, PROBE, 1);
    return Atomics.load(theirs, PROBE) !== before;
  }
}

/** The bytes of a header without shelves. */
const SMALLEST: number = layOut([], false).byteLength;

export function checkHandle(handle: unknown): SharedRecyclerHandle {
  const { memory, name } = (handle ?? {}) as Partial<SharedRecyclerHandle>;
  if (isShared(memory) && typeof name === 'string') return { memory, name };
  throw new GivebackTypeError(
    `Expected \`handle\` to be the \`handle\` of a SharedBufferRecycler, ${got(handle)}.`,
  );
}

function isShared(value: unknown): value is SharedArrayBuffer {
  return value instanceof SharedArrayBuffer;
}

function notAHandle(what: string): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_HANDLE',
    `Expected \`handle\` to be the \`handle\` of a SharedBufferRecycler, got ${what}.`,
  );
}

function allocate(byteLength: number): SharedArrayBuffer {
  try {
    return new SharedArrayBuffer(byteLength);
  } catch (cause) {
    throw new GivebackRangeError(
      `Expected blocks that the platform grants memory for, got ${byteLength} bytes in all.`,
      { cause },
    );
  }
}
