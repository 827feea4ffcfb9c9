import type { Strategy } from '../strategies/strategy.ts';

const PAGE = 4096;

/** The article's pool: slots whose buffers are replaced, the new one being got before the old is given. */
export class Pool {
  readonly #slots: (Buffer | undefined)[];
  readonly #strategy: Strategy;
  /** Bytes of the buffers in it. */
  bytes = 0;

  constructor(slots: number, strategy: Strategy) {
    this.#slots = new Array(slots).fill(undefined);
    this.#strategy = strategy;
  }

  /** A function of its own, so that no variable keeps a dropped buffer alive over a sleep. */
  replace(slot: number, size: number, write: (buffer: Buffer) => void): void {
    const buffer = this.#strategy.get(size);
    write(buffer);
    const replaced = this.#slots[slot];
    this.bytes += buffer.length - (replaced?.length ?? 0);
    if (replaced !== undefined) this.#strategy.give(replaced);
    this.#slots[slot] = buffer;
  }
}

/** Writes to every page: memory that is never touched is never taken from the system. */
export function touch(buffer: Buffer, value: number): void {
  for (let offset = 0; offset < buffer.length; offset += PAGE) buffer[offset] = value;
  buffer[buffer.length - 1] = value;
}

/** Writes every byte, by the language's own `fill`: Deno's `Buffer` has one of its own, which is slower. */
export function fill(buffer: Buffer, value: number): void {
  Uint8Array.prototype.fill.call(buffer, value);
}
