import type { Writable } from 'node:stream';
import { checkLeased } from '../../leasing/check-leased.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { endLease, isRecycled } from '../../leasing/view.ts';
import type { Outlet } from './feeds.ts';
import { writeOwned } from './write-and-give.ts';

/** How many writes may be under way at once. With fewer, the destination would idle between two of them. */
const MOST_WRITES = 4;

/** Writes a pump's chunks to its destination. The lease of each ends when its write is over. */
export class WritingOutlet implements Outlet {
  /** Called with each error. */
  readonly fail: (error: unknown) => void;
  readonly #stream: Writable;
  readonly #retains: boolean | undefined;
  #bytes = 0;
  #writes = 0;
  #isClosed = false;
  /** Called when the next write is over. */
  #waiting: (() => void)[] = [];

  constructor(stream: Writable, retains: boolean | undefined, fail: (error: unknown) => void) {
    this.#stream = stream;
    this.#retains = retains;
    this.fail = fail;
  }

  /** How many bytes it has taken. */
  get bytes(): number {
    return this.#bytes;
  }

  get isFull(): boolean {
    return this.#writes >= MOST_WRITES;
  }

  /**
   * Writes a chunk, which the outlet owns from now on.
   *
   * @throws `ERR_GIVEBACK_NOT_LEASED` for a recycled chunk whose lease has ended.
   */
  take(chunk: Uint8Array): void {
    if (isRecycled(chunk)) checkLeased('chunk', chunk);
    // The chunk may come from a read that was under way when the pump stopped.
    if (this.#isClosed) {
      endLease(chunk as RecycledBuffer);
      return;
    }
    this.#bytes += chunk.length;
    this.#writes++;
    writeOwned(this.#stream, chunk, this.#retains).then((error) => {
      if (error !== undefined) this.fail(error);
      this.#writes--;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const each of waiting) each();
    });
  }

  /** Resolves when it can take another chunk. */
  async room(): Promise<void> {
    while (this.isFull) await this.#nextEnd();
  }

  /** Resolves when all writes are over. */
  async settled(): Promise<void> {
    while (this.#writes > 0) await this.#nextEnd();
  }

  /** From now on chunks are given back at once. */
  close(): void {
    this.#isClosed = true;
  }

  #nextEnd(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
