import { release } from '../../core/platform.ts';
import { hasRested } from '../../core/scavenger.ts';

/** Bytes that were given a moment ago. */
export interface Resting {
  readonly bytes: ArrayBuffer;
  /** What it held on arrival: a stale reference may detach it meanwhile. */
  readonly capacity: number;
  /** The tick of that give: see `hasRested`. */
  readonly tick: number;
}

/** How many of those that rest are looked at for one that suits. */
const LOOKS = 16;

/**
 * Bytes that are held no more, and have not been returned to the system yet. They count until they have.
 *
 * Node does not pin a buffer during an operation: pages that are taken from under a native read or write
 * end the process. Nobody should give back a buffer that something is still using, but somebody will; so
 * what was given a moment ago rests here before it is released. What nobody may say anything about, as
 * it was discarded, is left to the collector, which knows.
 */
export class Releasing {
  /** In the order in which they came, and so have rested. */
  readonly #resting: (Resting | undefined)[] = [];
  #first = 0;
  #bytes = 0;

  /** Bytes that have not been returned yet, those left to the collector among them. */
  get bytes(): number {
    return this.#bytes;
  }

  get isResting(): boolean {
    return this.#first < this.#resting.length;
  }

  /** Releases bytes that were given at that tick: at once if they have rested, else as soon as they have. */
  admit(bytes: ArrayBuffer, capacity: number, tick: number): void {
    if (hasRested(tick)) {
      release(bytes);
      return;
    }
    this.#resting.push({ bytes, capacity, tick });
    this.#bytes += capacity;
  }

  /**
   * Bytes that rest here and suit a store that is to be made: nothing is safer than to lend them again.
   * Of those that came last, as they are the warmest.
   */
  take(suits: (bytes: ArrayBuffer) => boolean): Resting | undefined {
    const resting = this.#resting;
    for (
      let index = resting.length - 1;
      index >= Math.max(resting.length - LOOKS, this.#first);
      index--
    ) {
      const entry = resting[index] as Resting;
      const { bytes, capacity } = entry;
      if (bytes.byteLength !== capacity || !suits(bytes)) continue;
      resting.splice(index, 1);
      this.#bytes -= capacity;
      return entry;
    }
    return undefined;
  }

  /** So many bytes are the collector's to return. */
  leaveToCollector(bytes: number): void {
    this.#bytes += bytes;
  }

  /** The collector has returned them. */
  noticeCollected(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** Releases one that has rested. @returns whether there was any. */
  releaseRested(): boolean {
    const first = this.#resting[this.#first];
    if (first === undefined || !hasRested(first.tick)) return false;
    this.#resting[this.#first++] = undefined;
    this.#cutOff();
    this.#bytes -= first.capacity;
    release(first.bytes);
    return true;
  }

  /** The places before the first are empty: they are cut off once they are the larger half. */
  #cutOff(): void {
    if (this.#first * 2 < this.#resting.length) return;
    this.#resting.splice(0, this.#first);
    this.#first = 0;
  }
}
