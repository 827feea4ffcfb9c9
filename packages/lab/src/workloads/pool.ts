import type { Strategy } from '../strategies/strategy.ts';

const PAGE = 4096;

/** The article's pool: slots whose buffers are replaced. The new buffer is got before the old one is given. */
export class Pool {
  readonly #slots: (Buffer | undefined)[];
  readonly #strategy: Strategy;
  /** Bytes of the buffers in the pool. */
  bytes = 0;

  constructor(slots: number, strategy: Strategy) {
    this.#slots = new Array(slots).fill(undefined);
    this.#strategy = strategy;
  }

  /** A function of its own, so that no variable keeps a dropped buffer alive during a sleep. */
  replace(slot: number, size: number, write: (buffer: Buffer) => void): void {
    const buffer = this.#strategy.get(size);
    write(buffer);
    const replaced = this.#slots[slot];
    this.bytes += buffer.length - (replaced?.length ?? 0);
    if (replaced !== undefined) this.#strategy.give(replaced);
    this.#slots[slot] = buffer;
  }
}

/** Writes to every page, because the system provides memory only when it is first touched. */
export function touch(buffer: Buffer, value: number): void {
  for (let offset = 0; offset < buffer.length; offset += PAGE) buffer[offset] = value;
  buffer[buffer.length - 1] = value;
}

/** Writes every byte with the `fill` of `Uint8Array`, as Deno's `Buffer` has a slower one. */
export function fill(buffer: Buffer, value: number): void {
  Uint8Array.prototype.fill.call(buffer, value);
}
