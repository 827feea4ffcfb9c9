import { GivebackError } from '../../core/errors.ts';
import { onAbort, type Signal, throwIfAborted } from '../../core/signal.ts';

/** Where the chunks of a loop come from: buffers, or whatever else holds leases. */
export interface ChunkSource<Chunk> {
  /**
   * The next chunk, which the caller then owns; undefined at the end. Rejects as soon as the signal is
   * aborted.
   */
  read(signal: Signal): Promise<Chunk | undefined>;
  /** Ends the leases of a chunk that came after the loop had ended. */
  drop(chunk: Chunk): void;
  /**
   * Closes what is read. Called once, at the end, possibly while an aborted read is still under way.
   * `early` tells why, if it was not read to its end.
   */
  close(early?: { readonly reason: unknown }): Promise<void>;
}

/**
 * The chunks of `source`, for one loop. The source is opened when the loop asks for the first chunk, and
 * closed when the loop ends, however it ends. Whoever takes a chunk owns it. Nothing is read ahead.
 */
export function chunksOf<Chunk>(
  source: ChunkSource<Chunk>,
  signal: Signal | undefined,
): AsyncGenerator<Chunk, void, void> {
  return new ChunkLoop(new ChunkIterator(source, signal));
}

/** What a loop gets. A second loop is an error, as it would find only the rest, or nothing. */
class ChunkLoop<Chunk> implements AsyncGenerator<Chunk, void, void> {
  readonly #iterator: ChunkIterator<Chunk>;
  #hasBegun = false;

  constructor(iterator: ChunkIterator<Chunk>) {
    this.#iterator = iterator;
  }

  [Symbol.asyncIterator](): ChunkIterator<Chunk> {
    if (this.#hasBegun)
      throw new GivebackError(
        'ERR_GIVEBACK_SOURCE',
        'Expected chunks that nobody has looped over yet, got a second loop.',
      );
    this.#hasBegun = true;
    return this.#iterator;
  }

  next(): Promise<IteratorResult<Chunk, void>> {
    return this.#iterator.next();
  }

  return(): Promise<IteratorResult<Chunk, void>> {
    return this.#iterator.return();
  }

  throw(error: unknown): Promise<IteratorResult<Chunk, void>> {
    return this.#iterator.throw(error);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#iterator[Symbol.asyncDispose]();
  }
}

/**
 * This is not a generator function, because a generator refers to what it yielded until it is asked for
 * more: a chunk that was dropped would not be collected. And a generator ends only after its pending read,
 * this one at once.
 */
class ChunkIterator<Chunk> implements AsyncGenerator<Chunk, void, void> {
  readonly #source: ChunkSource<Chunk>;
  readonly #signal: Signal | undefined;
  /** Aborted when the loop ends, by the signal or by itself. */
  readonly #ended = new AbortController();
  /** Resolves when the last read is over. It resolves to nothing, so that it refers to no chunk. */
  #lastRead: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(source: ChunkSource<Chunk>, signal: Signal | undefined) {
    this.#source = source;
    this.#signal = signal;
  }

  [Symbol.asyncIterator](): ChunkIterator<Chunk> {
    return this;
  }

  next(): Promise<IteratorResult<Chunk, void>> {
    const result = this.#lastRead.then(() => this.#next());
    this.#lastRead = result.then(nothing, nothing);
    return result;
  }

  async return(): Promise<IteratorResult<Chunk, void>> {
    await this.#end({ reason: 'The loop ended early.' });
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<Chunk, void>> {
    await this.#end({ reason: error });
    throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #next(): Promise<IteratorResult<Chunk, void>> {
    if (this.#closing === undefined) {
      const chunk = await this.#read();
      if (chunk !== undefined && this.#closing === undefined) return { done: false, value: chunk };
      // The loop ended while the chunk was being read.
      if (chunk !== undefined) this.#source.drop(chunk);
    }
    await this.#end();
    return { done: true, value: undefined };
  }

  async #read(): Promise<Chunk | undefined> {
    const off = onAbort(this.#signal, () => this.#ended.abort(this.#signal?.reason));
    try {
      throwIfAborted(this.#signal);
      return await this.#source.read(this.#ended.signal);
    } catch (error) {
      // If the loop ended meanwhile, this is the error of a read that was aborted.
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
