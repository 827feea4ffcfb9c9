import { release } from '../../core/platform.ts';

interface Resting {
  readonly bytes: ArrayBuffer;
  /** What it held on arrival: a stale reference may detach it meanwhile. */
  readonly capacity: number;
}

/**
 * Bytes that are to be released explicitly, and rest first.
 *
 * Node does not pin a buffer during an operation: releasing one that a pending read still writes to
 * corrupts the heap. Nobody should give back a buffer that is still being read into, but somebody
 * will; so nothing is released that was not left alone for a whole turn. What is known to have rested
 * on a shelf for that long need not come here.
 *
 * A quarantine must not cost memory that was not in use before: together with what is held, it never
 * exceeds the peak that was held anyway. Past that, the oldest is left to the collector.
 */
export class Quarantine {
  #resting: Resting[] = [];
  #arriving: Resting[] = [];
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#resting.length + this.#arriving.length === 0;
  }

  /** Takes in what was used a moment ago. */
  admit(bytes: ArrayBuffer): void {
    this.#arriving.push({ bytes, capacity: bytes.byteLength });
    this.#bytes += bytes.byteLength;
  }

  /** Leaves the oldest to the collector until no more than `limit` bytes rest here. */
  shrinkTo(limit: number): void {
    while (this.#bytes > limit) {
      const oldest = (this.#resting.shift() ?? this.#arriving.shift()) as Resting;
      this.#bytes -= oldest.capacity;
    }
  }

  /** A sweep: releases what has rested for the whole of it. */
  sweep(): void {
    for (const { bytes, capacity } of this.#resting) {
      this.#bytes -= capacity;
      release(bytes);
    }
    this.#resting = this.#arriving;
    this.#arriving = [];
  }
}
