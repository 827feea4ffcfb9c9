/**
 * Sizes in steps: each doubling is divided into `steps` equal parts, so that each step is at most 1/`steps`
 * larger than the last. For 4 steps: … 64, 80, 96, 112, 128, 160, 192 … KiB.
 *
 * A size belongs to the class of the smallest step that holds it, which is computed from the position of
 * its highest bit, without a table or a loop.
 */
export class SizeClasses {
  readonly #leastBits: number;
  readonly #stepBits: number;

  /** `least` and `steps` are powers of two; sizes up to 2³⁰ bytes have classes. */
  constructor(least: number, steps: number) {
    this.#leastBits = Math.log2(least);
    this.#stepBits = Math.log2(steps);
  }

  /** The class whose stores hold `size` bytes, for a size from 0 to 2³⁰. */
  classOf(size: number): number {
    const last = size - 1;
    const doubling = 31 - Math.clz32(last) - this.#leastBits;
    // `last` is -1 for size 0: all bits set, so its doubling would be the highest of all.
    if (doubling < 0 || size === 0) return 0;
    const shift = doubling + this.#leastBits - this.#stepBits;
    // The bits below the highest one tell the step.
    return (doubling << this.#stepBits) + ((last >>> shift) & ((1 << this.#stepBits) - 1)) + 1;
  }

  /** The bytes that a store of that class holds. */
  sizeOf(index: number): number {
    if (index === 0) return 2 ** this.#leastBits;
    const doubling = (index - 1) >>> this.#stepBits;
    const step = ((index - 1) & ((1 << this.#stepBits) - 1)) + 1;
    return 2 ** (doubling + this.#leastBits) * (1 + step / 2 ** this.#stepBits);
  }
}
