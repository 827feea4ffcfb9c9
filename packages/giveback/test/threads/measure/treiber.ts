/**
 * The textbook beside which the recycler is measured: R. K. Treiber's stack of free blocks, its head an
 * index and a tag in one word. It knows nothing of owners, sizes, stale gives or deaths.
 */
export class TreiberStack {
  readonly #words: Int32Array;

  /** `words`: zeros, one more than there are blocks. */
  constructor(words: Int32Array) {
    this.#words = words;
  }

  /** Word 0 is the head: 16 bits of tag, 16 bits of block + 1. Word `n` is what lies below block `n − 1`. */
  push(block: number): void {
    const words = this.#words;
    for (;;) {
      const head = Atomics.load(words, 0);
      words[block + 1] = head & 0xffff;
      const next = ((head + 0x10000) & ~0xffff) | (block + 1);
      if (Atomics.compareExchange(words, 0, head, next) === head) return;
    }
  }

  pop(): number {
    const words = this.#words;
    for (;;) {
      const head = Atomics.load(words, 0);
      const top = head & 0xffff;
      if (top === 0) return -1;
      const next = ((head + 0x10000) & ~0xffff) | (words[top] as number);
      if (Atomics.compareExchange(words, 0, head, next) === head) return top - 1;
    }
  }
}
