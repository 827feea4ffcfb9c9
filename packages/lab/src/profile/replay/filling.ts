/** Chunks, of as many wholes as are received at a time. */
const LAST = 64;

/**
 * How long it takes to receive what is joined of chunks. Each chunk is held until the last one has come, the one in the
 * middle so for half the time.
 */
export class Filling {
  #held: number[] = [];

  /** To be told how long each chunk is held, in the order in which they come. */
  passed(ms: number): void {
    this.#held.push(ms);
    if (this.#held.length > 2 * LAST) this.#held = this.#held.slice(-LAST);
  }

  /** Milliseconds from the first chunk to the last, of what is joined now. */
  lasts(): number {
    const sorted = this.#held.slice(-LAST).sort((a, b) => a - b);
    const median = sorted[sorted.length >> 1] ?? 0;
    return median === Infinity ? 0 : 2 * median;
  }
}
