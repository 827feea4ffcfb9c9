import { GivebackError, GivebackTypeError, got } from '../../core/errors.ts';
import { refusedMemory } from '../../leasing/errors.ts';
import {
  CLOSED,
  type ClassLayout,
  type ClassSize,
  FAN_OUT,
  GUARD,
  ID_HIGH,
  ID_LOW,
  type Layout,
  layOut,
  MAGIC,
  MAGIC_WORD,
  MAX_SLOTS,
  readClasses,
  SAMPLED,
  SAMPLED_UNIT,
  SLOTS,
  STATUS,
  VERSION,
  VERSION_WORD,
  WAITED_FOR,
  WIPE,
  writeClasses,
} from './layout.ts';

/**
 * Gives another thread access to a shared recycler: pass it in `workerData` or by `postMessage`, and then
 * to `SharedBufferRecycler.from`.
 */
export interface SharedRecyclerHandle {
  /** The recycler's name. */
  readonly name: string;
  /** The recycler's whole memory: header, block table and blocks. Writing to it breaks the recycler. */
  readonly memory: SharedArrayBuffer;
}

/** What is decided when the memory is made. */
interface Settings {
  /** The smallest blocks first. */
  readonly sizeClasses: readonly ClassSize[];
  readonly guard: 'check' | 'poison';
  readonly sampleStacks: number;
  readonly wipe: boolean;
  readonly name: string;
}

/** The memory of one shared recycler, as one thread sees it. */
export class SharedMemory {
  readonly bytes: SharedArrayBuffer;
  readonly layout: Layout;
  readonly poison: boolean;
  /** The header and the block table, as 32-bit words, 64-bit words and floats. */
  readonly words: Int32Array;
  readonly longs: BigUint64Array;
  readonly floats: Float64Array;

  constructor(bytes: SharedArrayBuffer, layout: Layout, poison: boolean) {
    this.bytes = bytes;
    this.layout = layout;
    this.poison = poison;
    this.words = new Int32Array(bytes, 0, layout.words);
    this.longs = new BigUint64Array(bytes, 0, layout.words / 2);
    this.floats = new Float64Array(bytes, 0, layout.words / 2);
  }

  /** @throws `ERR_GIVEBACK_MEMORY` when the platform refuses to allocate as much. */
  static make({ sizeClasses, guard, sampleStacks, wipe, name }: Settings): SharedMemory {
    const poison = guard === 'poison';
    const layout = layOut(sizeClasses, poison);
    const memory = new SharedMemory(allocate(name, layout.byteLength), layout, poison);
    const { words } = memory;
    words.set(crypto.getRandomValues(new Int32Array(2)), ID_HIGH);
    words[GUARD] = Number(poison);
    words[WIPE] = Number(wipe);
    words[SAMPLED] = Math.round(sampleStacks * SAMPLED_UNIT);
    writeClasses(words, layout.classes);
    for (const each of layout.classes) memory.#fillBitmap(each);
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
    const layout = readLayout(words);
    if (layout?.byteLength !== bytes.byteLength) throw notAHandle('one whose header is damaged');
    return new SharedMemory(bytes, layout, words[GUARD] === 1);
  }

  /** Identifies the recycler in every thread. A random integer of 52 bits. */
  get id(): number {
    const { words } = this;
    return ((words[ID_HIGH] as number) & 0xfffff) * 2 ** 32 + ((words[ID_LOW] as number) >>> 0);
  }

  get isClosed(): boolean {
    return ((this.words[STATUS] as number) & CLOSED) !== 0;
  }

  /** The fraction of gets whose stack is kept. */
  get sampleStacks(): number {
    return (this.words[SAMPLED] as number) / SAMPLED_UNIT;
  }

  /** Whether lent bytes are zeroed, in whichever thread. */
  get wipes(): boolean {
    return this.words[WIPE] === 1;
  }

  /** Where a block's bytes begin. */
  start({ start, first, stride }: ClassLayout, block: number): number {
    return start + (block - first) * stride;
  }

  /** Marks every block as idle: sets all bits in use, on every level. */
  #fillBitmap({ bitmap, blocks }: ClassLayout): void {
    let children = blocks;
    for (const [level, { at, words }] of bitmap.entries()) {
      for (let word = 0; word < words; word++) {
        const bits = 2 ** Math.min(FAN_OUT, children - word * FAN_OUT) - 1;
        if (level === 0) this.words[at + word] = bits;
        else this.longs[at + word] = BigInt(bits);
      }
      children = words;
    }
  }
}

/** Bytes of a header without size classes. */
const SMALLEST: number = layOut([], false).byteLength;

/** Undefined if a word of the header has a value that no recycler writes. */
function readLayout(words: Int32Array): Layout | undefined {
  const sizeClasses = readClasses(words);
  const guard = words[GUARD] as number;
  const isBetween = (word: number, most: number): boolean => word >= 0 && word <= most;
  const isSound =
    isBetween(guard, 1) &&
    isBetween(words[WIPE] as number, 1) &&
    isBetween(words[STATUS] as number, CLOSED | WAITED_FOR) &&
    isBetween(words[SLOTS] as number, MAX_SLOTS) &&
    isBetween(words[SAMPLED] as number, SAMPLED_UNIT);
  return isSound && sizeClasses !== undefined ? layOut(sizeClasses, guard === 1) : undefined;
}

/** @throws `ERR_GIVEBACK_TYPE`. */
export function checkHandle(handle: unknown): SharedRecyclerHandle {
  const { memory, name } = (handle ?? {}) as Partial<SharedRecyclerHandle>;
  if (memory instanceof SharedArrayBuffer && typeof name === 'string') return { memory, name };
  throw new GivebackTypeError(
    `Expected \`handle\` to be the \`handle\` of a SharedBufferRecycler, ${got(handle)}.`,
  );
}

function notAHandle(what: string): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_HANDLE',
    `Expected \`handle\` to be the \`handle\` of a SharedBufferRecycler, got ${what}.`,
  );
}

function allocate(name: string, byteLength: number): SharedArrayBuffer {
  try {
    return new SharedArrayBuffer(byteLength);
  } catch (cause) {
    throw refusedMemory(name, byteLength, cause);
  }
}
