import { type ClassLayout, FAN_OUT, STATUS } from '../memory/layout.ts';

export const NONE = -1;

/** What each change adds to a word above the lowest level, besides setting the bit. */
const CHANGE: bigint = 2n ** 32n;

/**
 * Where to look for an idle block of one class: a tree of bits, in which the lowest set bit of a million is
 * found in four steps. A block's bit is set when the block is given, and cleared by whoever looks at the
 * block. The bit of a word, in the level above, is set while that word may have bits.
 *
 *   level 2   [changes│ 1 0 …]              one word
 *                       │
 *   level 1   [changes│ 1 1 …] [ … ]        64 bits: 32 for words below, 32 that count changes
 *                       │ └───────────┐
 *   level 0         [ 0 1 1 0 …] [ 1 0 …]   32 bits: one a block
 *
 * The bit of a lent block may be set, because threads take the blocks they remember without looking here.
 * But an idle block always has its bit, and a path of set bits from the top, because:
 *
 *   1. A giver makes the block idle, then reads STATUS, then the block's bit. If that is not set, it sets
 *      it, and then the bit of each level above, the lowest first.
 *   2. A seeker clears a block's bit, then reads the block's state and tries to take the block. If the
 *      block is lent, or another thread is faster, it writes STATUS (adding 0: `tell`) and tries once more.
 *      All accesses to STATUS are in one order. If the giver reads STATUS before the seeker writes it, the
 *      seeker's second try comes after the block became idle, and finds it idle unless another thread has
 *      taken it, which will give it. If the giver reads STATUS later, it also sees that the bit was
 *      cleared, as the seeker's write synchronizes with the giver's read (ECMA-262, *Memory Model*). So the
 *      giver may read the bit without an atomic operation.
 *   3. A seeker that clears the bit of an empty word reads the word above before it finds this one empty,
 *      and clears the bit by compare-and-exchange. Setting a bit always changes the word above, which
 *      counts its changes, even if the bit is set already. So the exchange fails if a block was given
 *      meanwhile.
 *
 * A thread that dies halfway may leave a block without its path. `repair` sets it when the thread is
 * reclaimed.
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

  /** Lets all threads find a block that has become idle. `number`: within its class. */
  add(number: number): void {
    const at = (this.#levels[0] as number) + (number >>> 5);
    const bit = 1 << (number & 31);
    if ((Atomics.load(this.#words, at) & bit) !== 0) return;
    Atomics.or(this.#words, at, bit);
    this.#addPath(number >>> 5);
  }

  /**
   * Clears the bit of a block. The caller must try to take the block and, if it cannot, call `tell` and try
   * again.
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

  /** Makes the bits that this thread has cleared visible to every later give. */
  tell(): void {
    Atomics.add(this.#words, STATUS, 0);
  }

  /**
   * Whether any block is idle, as `isIdle` says. Clears the bits of others that it meets. `onAdded` is
   * called after a bit was set again, which other threads may have missed meanwhile.
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

  /** Sets every bit and path that a dead thread may have failed to set. */
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

/** The index of the only bit that is set. */
function indexOf(bit: number): number {
  return 31 - Math.clz32(bit);
}
