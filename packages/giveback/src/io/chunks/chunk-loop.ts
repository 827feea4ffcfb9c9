import { GivebackError } from '../../core/errors.ts';
import { onAbort, type Signal, throwIfAborted } from '../../core/signal.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { endLease } from '../../leasing/view.ts';

type Result = IteratorResult<RecycledBuffer, void>;

/** Where the chunks of a loop come from. */
export interface ChunkSource {
  /**
   * The next chunk, which is its taker's from then on; undefined at the end. Gives up as soon as the
   * signal is aborted.
   */
  read(signal: Signal): Promise<RecycledBuffer | undefined>;
  /**
   * Lets go of what is read. Called once, in the end, and perhaps while a read that was given up is
   * still under way. `early` is there unless it was read to its end: why that is.
   */
  close(early?: { readonly reason: unknown }): Promise<void>;
}

/**
 * The chunks of `source`, to be looped over once: it is opened when the loop asks for its first chunk,
 * and closed when the loop ends, however it does. Whoever takes a chunk owns it. Nothing is read ahead.
 */
export function chunksOf(
  source: ChunkSource,
  signal: Signal | undefined,
): AsyncGenerator<RecycledBuffer, void, void> {
  return new ChunkLoop(new ChunkIterator(source, signal));
}

/** What a loop is given. A second loop would find the rest, or nothing, so that is an error. */
class ChunkLoop implements AsyncGenerator<RecycledBuffer, void, void> {
  readonly #iterator: ChunkIterator;
  #hasBegun = false;

  constructor(iterator: ChunkIterator) {
    this.#iterator = iterator;
  }

  [Symbol.asyncIterator](): ChunkIterator {
    if (this.#hasBegun)
      throw new GivebackError(
        'ERR_GIVEBACK_SOURCE',
        'Expected chunks that nobody has looped over yet, got a second loop.',
      );
    this.#hasBegun = true;
    return this.#iterator;
  }

  next(): Promise<Result> {
    return this.#iterator.next();
  }

  return(): Promise<Result> {
    return this.#iterator.return();
  }

  throw(error: unknown): Promise<Result> {
    return this.#iterator.throw(error);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#iterator[Symbol.asyncDispose]();
  }
}

/**
 * No generator function: one keeps what it has yielded until it is asked for more, and a chunk that was
 * dropped would not be collected. And it ends at once, where a generator waits for its pending read.
 */
class ChunkIterator implements AsyncGenerator<RecycledBuffer, void, void> {
  readonly #source: ChunkSource;
  readonly #signal: Signal | undefined;
  /** Aborted when the loop ends, by the signal or by itself. */
  readonly #ended = new AbortController();
  /** The next read's turn has come when this resolves. It resolves to nothing: it must keep no chunk. */
  #turn: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(source: ChunkSource, signal: Signal | undefined) {
    this.#source = source;
    this.#signal = signal;
  }

  [Symbol.asyncIterator](): ChunkIterator {
    return this;
  }

  next(): Promise<Result> {
    const result = this.#turn.then(() => this.#next());
    this.#turn = result.then(nothing, nothing);
    return result;
  }

  async return(): Promise<Result> {
    await this.#end({ reason: 'The loop ended early.' });
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<Result> {
    await this.#end({ reason: error });
    throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #next(): Promise<Result> {
    if (this.#closing === undefined) {
      const chunk = await this.#read();
      if (chunk !== undefined && this.#closing === undefined) return { done: false, value: chunk };
      // The loop ended while this was being read.
      if (chunk !== undefined) endLease(chunk);
    }
    await this.#end();
    return { done: true, value: undefined };
  }

  async #read(): Promise<RecycledBuffer | undefined> {
    const off = onAbort(this.#signal, () => this.#ended.abort(this.#signal?.reason));
    try {
      throwIfAborted(this.#signal);
      return await this.#source.read(this.#ended.signal);
    } catch (error) {
      // A loop that ended meanwhile has no use for the error of what it gave up.
      if (this.#closing !== undefined) return undefined;
      await this.#end({ reason: error }).catch(nothing);
      throw error;
    } finally {
      off();
    }
  }

  #end(early?: { readonly reason: unknown }): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = this.#source.close(early);
      this.#ended.abort(early?.reason);
    }
    return this.#closing;
  }
}

function nothing(): void {}
