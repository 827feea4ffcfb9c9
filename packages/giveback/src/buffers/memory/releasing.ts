import { release } from '../../core/platform.ts';
import { hasRested } from '../../core/scavenger.ts';

/** Bytes that were freed a moment after they were given. */
export interface Resting {
  readonly bytes: ArrayBuffer;
  /** How many bytes they were: a stale reference may detach them meanwhile. */
  readonly capacity: number;
  /** The tick of the give: see `hasRested`. */
  readonly tick: number;
}

/** How many of the resting bytes `take` looks at. */
const LOOKS = 16;

/**
 * Bytes that are no longer held, but not yet returned to the system. They count against `maxBytes`.
 *
 * Node does not pin a buffer during an operation, and a native read or write to released pages ends the
 * process. Nobody should give back a buffer that is still in use, but somebody will. So what was given a
 * moment ago rests here before it is released. Discarded bytes are left to the collector, which knows when
 * nobody uses them.
 */
export class Releasing {
  /** In the order of arrival, which is that in which they will have rested. */
  readonly #resting: (Resting | undefined)[] = [];
  #first = 0;
  #bytes = 0;
  #leftBytes = 0;

  /** Bytes not returned yet, including those left to the collector. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes that the collector has to return. */
  get leftBytes(): number {
    return this.#leftBytes;
  }

  get isResting(): boolean {
    return this.#first < this.#resting.length;
  }

  /** Releases bytes that were given at that tick: at once if they have rested, otherwise when they have. */
  admit(bytes: ArrayBuffer, capacity: number, tick: number): void {
    if (hasRested(tick)) {
      release(bytes);
      return;
    }
    this.#resting.push({ bytes, capacity, tick });
    this.#bytes += capacity;
  }

  /**
   * Takes resting bytes that suit a new store: lending them again is as safe as resting. Looks only at the
   * latest ones, which are the warmest.
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

  /** Counts bytes that are left to the collector. */
  leaveToCollector(bytes: number): void {
    this.#bytes += bytes;
    this.#leftBytes += bytes;
  }

  /** The collector has returned them. */
  noticeCollected(bytes: number): void {
    this.#bytes -= bytes;
    this.#leftBytes -= bytes;
  }

  /** Releases the bytes of one store that has rested. @returns whether there was any. */
  releaseRested(): boolean {
    const first = this.#resting[this.#first];
    if (first === undefined || !hasRested(first.tick)) return false;
    this.#resting[this.#first++] = undefined;
    this.#cutOff();
    this.#bytes -= first.capacity;
    release(first.bytes);
    return true;
  }

  /** Cuts off the empty places at the beginning, once they are half of all. */
  #cutOff(): void {
    if (this.#first * 2 < this.#resting.length) return;
    this.#resting.splice(0, this.#first);
    this.#first = 0;
  }
}
