import { makeBuffer, type Strategy } from './strategy.ts';

/** The article's first program: every buffer is made, dropped, and left to the collector. */
export class None implements Strategy {
  #makes = 0;

  get(size: number): Buffer {
    const buffer = makeBuffer(size);
    this.made();
    return buffer;
  }

  /** Counts a buffer that was made elsewhere, for instance by `Buffer.concat`. */
  made(): void {
    this.#makes += 1;
  }

  give(): void {}

  counts(): { makes: number; frees: number } {
    return { makes: this.#makes, frees: 0 };
  }

  close(): void {}
}
