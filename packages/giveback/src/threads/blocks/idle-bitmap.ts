import { type ClassLayout, FAN_OUT, STATUS } from '../memory/layout.ts';

export const NONE = -1;

/** What a change of a summary word adds to it, beside the bit. */
const CHANGE: bigint = 2n ** 32n;

/**
 * Where to look for an idle block of one class: a tree of bits, so that the lowest is found in four
 * steps among a million. The bit of a block is set when the block was given and nobody has looked at
 * it since. The bit of a word in the level above is set while that word may have bits.
 *
 *   level 2   [changes│ 1 0 …]              one word
 *                       │
 *   level 1   [changes│ 1 1 …] [ … ]        64 bits: 32 for words below, 32 that count changes
 *                       │ └───────────┐
 *   level 0         [ 0 1 1 0 …] [ 1 0 …]   32 bits: one a block
 *
 * A set bit may be of a block that is lent: threads take blocks that they remember without looking here.
 * But an idle block always has its bit, and a path of set bits to it from the top, because:
 *
 *   1. Who gives a block makes it idle, then reads STATUS, then the block's bit. If that is not set, it
 *      sets it, and then that of each level above, the lowest first.
 *   2. Who looks for a block clears its bit, then looks at its state, and tries for it. If it is lent, or
 *      somebody else is faster, it writes STATUS (by adding nothing to it: `tell`), and looks once more.
 *      All accesses to STATUS are in one order. If the giver reads it before the seeker writes it, the
 *      seeker's second look is after the block was made idle, and finds it so, unless another thread
 *      has taken it, which will give it. If the giver reads STATUS after that, it sees what the
 *      seeker wrote, and so it sees the bit cleared (a write of the one that synchronises with
 *      a read of the other: ECMA-262, *Memory Model*). So the bit need be no atomic read in a give.
 *   3. Who clears the bit of an empty word has read the word above before it found this one empty, and
 *      clears by compare-and-exchange. Setting a bit always changes the word above (it counts), even
 *      where the bit is set. So what was given meanwhile makes the exchange fail.
 *
 * A thread that dies in the middle may leave a block without its path: `repair`, when it is reclaimed.
 */
export class IdleBitmap {
  readonly #words: Int32Array;
  readonly #longs: BigUint64Array;
  readonly #blocks: number;
  /** Where each level begins: the lowest in `words`, the others in `longs`. */
  readonly #levels: readonly number[];

  constructor(words: Int32Array, longs: BigUint64Array, { bitmap, blocks }: ClassLayout) {
    this.#words = words;
    this.#longs = longs;
    this.#blocks = blocks;
    this.#levels = bitmap.map(({ at }) => at);
  }

  /** For a block that is idle by now. `number`: within its class. */
  add(number: number): void {
    const at = (this.#levels[0] as number) + (number >>> 5);
    const bit = 1 << (number & 31);
    if ((Atomics.load(this.#words, at) & bit) !== 0) return;
    Atomics.or(this.#words, at, bit);
    this.#addPath(number >>> 5);
  }

  /**
   * Takes the bit of a block out. Whoever has it must look whether the block is idle and try for it, `tell`,
   * and do so again.
   *
   * @returns the block's number within its class; `NONE` if there is none.
   */
  takeOut(): number {
    for (let word = this.#find(); word !== NONE; word = this.#find()) {
      const at = (this.#levels[0] as number) + word;
      const bits = Atomics.load(this.#words, at);
      const bit = bits & -bits;
      if (bit === 0 || (Atomics.and(this.#words, at, ~bit) & bit) === 0) continue;
      const number = word * FAN_OUT + indexOf(bit);
      if (number < this.#blocks) return number;
    }
    return NONE;
  }

  /** Lets every give from now on see which bits this thread has cleared. */
  tell(): void {
    Atomics.add(this.#words, STATUS, 0);
  }

  /**
   * Whether any block is idle, as `isIdle` says; takes out the bits of those that are not, on the way.
   * `onAdded` is called after a bit was put back that others may have missed in between.
   */
  hasIdle(isIdle: (number: number) => boolean, onAdded: () => void): boolean {
    for (let word = this.#find(); word !== NONE; word = this.#find()) {
      const at = (this.#levels[0] as number) + word;
      const bits = Atomics.load(this.#words, at);
      const bit = bits & -bits;
      const number = word * FAN_OUT + indexOf(bit);
      if (bit === 0) continue;
      const isBlock = number < this.#blocks;
      if (isBlock && isIdle(number)) return true;
      if ((Atomics.and(this.#words, at, ~bit) & bit) === 0 || !isBlock) continue;
      this.tell();
      if (!isIdle(number)) continue;
      this.add(number);
      onAdded();
      return true;
    }
    return false;
  }

  /** Sets every bit and path that a dead thread may not have set. */
  repair(isIdle: (number: number) => boolean): void {
    for (let number = 0; number < this.#blocks; number++) if (isIdle(number)) this.add(number);
    const words = Math.ceil(this.#blocks / FAN_OUT);
    for (let word = 0; word < words; word++)
      if (Atomics.load(this.#words, (this.#levels[0] as number) + word) !== 0) this.#addPath(word);
  }

  /** Sets the bit of a word in the level above the lowest, and that of each word from there on up. */
  #addPath(word: number): void {
    const longs = this.#longs;
    let child = word;
    for (let level = 1; level < this.#levels.length; level++) {
      const at = (this.#levels[level] as number) + (child >>> 5);
      const bit = 1n << BigInt(child & 31);
      for (;;) {
        const before = Atomics.load(longs, at);
        const after = BigInt.asUintN(64, (before | bit) + CHANGE);
        if (Atomics.compareExchange(longs, at, before, after) === before) break;
      }
      child >>>= 5;
    }
  }

  /** The first word of the lowest level that has bits. Clears the bits of words that have none. */
  #find(): number {
    for (;;) {
      let index = 0;
      let above: { at: number; long: bigint; bit: number } | undefined;
      let level = this.#levels.length - 1;
      for (; level > 0; level--) {
        const at = (this.#levels[level] as number) + index;
        const long = Atomics.load(this.#longs, at);
        const bits = Number(BigInt.asIntN(32, long));
        if (bits === 0) break;
        const bit = indexOf(bits & -bits);
        above = { at, long, bit };
        index = index * FAN_OUT + bit;
      }
      if (level === 0 && Atomics.load(this.#words, (this.#levels[0] as number) + index) !== 0)
        return index;
      if (above === undefined) return NONE;
      const { at, long, bit } = above;
      Atomics.compareExchange(this.#longs, at, long, long & ~(1n << BigInt(bit)));
    }
  }
}

/** The word of the lowest level, and the bit in it, that stand for a block. `number`: within its class. */
export function placeOfBit(
  { bitmap }: ClassLayout,
  number: number,
): { readonly bitAt: number; readonly bit: number } {
  return { bitAt: (bitmap[0]?.at ?? 0) + (number >>> 5), bit: 1 << (number & 31) };
}

/** Of the only bit that is set. */
function indexOf(bit: number): number {
  return 31 - Math.clz32(bit);
}
