import { GivebackError, GivebackTypeError, got } from '../../core/errors.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';

/**
 * Chunks to loop over with `for await`, once. Each is given back as the loop moves on, and also when
 * it ends early, by `break` or an error; but not one that was passed to `keep`. `await using` ends the
 * reading of chunks that nobody has looped over to the end.
 */
export class Chunks implements AsyncIterable<RecycledBuffer>, AsyncDisposable {
  readonly #iterator: AsyncGenerator<RecycledBuffer, void>;
  #current: RecycledBuffer | undefined;
  #begun = false;

  /** `source` makes lent buffers, and gives back whatever it does not yield. */
  constructor(source: AsyncIterable<RecycledBuffer>) {
    this.#iterator = this.#run(source);
  }

  /**
   * The chunk that the loop is at is its taker's from now on, who gives it back when he likes.
   *
   * @returns `chunk`.
   * @throws `ERR_GIVEBACK_TYPE` for anything but that chunk.
   */
  keep(chunk: RecycledBuffer): RecycledBuffer {
    if (chunk === undefined || chunk !== this.#current)
      throw new GivebackTypeError(
        `Expected \`chunk\` to be the one that the loop is at, ${got(chunk)} that is not.`,
      );
    this.#current = undefined;
    return chunk;
  }

  [Symbol.asyncIterator](): AsyncGenerator<RecycledBuffer, void> {
    if (this.#begun)
      throw new GivebackError(
        'ERR_GIVEBACK_SOURCE',
        'Expected chunks that nobody has looped over yet, got a second loop.',
      );
    this.#begun = true;
    return this.#iterator;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#iterator.return();
  }

  async *#run(source: AsyncIterable<RecycledBuffer>): AsyncGenerator<RecycledBuffer, void> {
    for await (const chunk of source) {
      this.#current = chunk;
      try {
        yield chunk;
      } finally {
        // Not `give`: the loop may have `using`, which has given it by now.
        if (this.#current !== undefined) chunk[Symbol.dispose]();
        this.#current = undefined;
      }
    }
  }
}
