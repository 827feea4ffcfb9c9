import { GivebackError } from '../../core/errors.ts';
import { onAbort, throwIfAborted } from '../../core/signal.ts';
import type { BufferPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { endUnused } from '../../leasing/view.ts';
import { FrameCutter } from './frame-cutter.ts';
import type { ResolvedFramesOptions } from './frame-options.ts';
import type { FrameSource } from './frame-source.ts';

type Result = IteratorResult<RecycledBuffer, void>;
type Cut = ReturnType<FrameCutter['cut']>;

/** A `next` for which nothing is there yet. */
interface Waiter {
  resolve(cut: Cut): void;
  reject(error: unknown): void;
}

/**
 * The frames of a source, for one loop. It is no generator, so that a frame that has come already costs no
 * more than a resolved promise, and is referred to by nothing but the loop's own variable.
 */
export class FrameLoop implements AsyncGenerator<RecycledBuffer, void, void> {
  readonly #source: FrameSource;
  readonly #cutter: FrameCutter;
  readonly #signal: ResolvedFramesOptions['signal'];
  /** Aborted when the loop ends: that ends a wait for room. */
  readonly #ended = new AbortController();
  #offAbort: () => void = () => {};
  #hasBegun = false;
  /** Whether the source is open, and the loop has not ended. */
  #isLive = false;
  #waiter: Waiter | undefined;
  /** The last `next` that has not settled. */
  #pending: Promise<void> | undefined;
  #isAtEnd = false;
  #failure: { readonly error: unknown } | undefined;
  #closing: Promise<void> | undefined;

  constructor(source: FrameSource, buffers: BufferPool, options: ResolvedFramesOptions) {
    this.#source = source;
    this.#signal = options.signal;
    this.#cutter = new FrameCutter(buffers, options, this.#ended.signal, () => source.disarm());
  }

  [Symbol.asyncIterator](): this {
    if (this.#hasBegun)
      throw new GivebackError(
        'ERR_GIVEBACK_SOURCE',
        'Expected frames that nobody has looped over yet, got a second loop.',
      );
    this.#hasBegun = true;
    return this;
  }

  next(): Promise<Result> {
    if (this.#pending !== undefined) return this.#hold(this.#pending.then(() => this.#next()));
    if (!this.#isLive) return this.#hold(this.#next());
    let cut: Cut;
    try {
      cut = this.#cutter.cut();
    } catch (error) {
      cut = Promise.reject(error);
    }
    // `parse` is the user's, and may have ended the loop.
    if (!this.#isLive) {
      this.#drop(cut);
      return this.#hold(this.#next());
    }
    if (cut !== undefined && !(cut instanceof Promise))
      return Promise.resolve({ done: false, value: cut });
    return this.#hold(this.#next(cut));
  }

  async return(): Promise<Result> {
    await this.#end(true, 'The loop ended early.');
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<Result> {
    await this.#end(true, error);
    throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** Makes the next call wait for this one. */
  #hold(result: Promise<Result>): Promise<Result> {
    const settled = (): void => {
      if (this.#pending === pending) this.#pending = undefined;
    };
    const pending: Promise<void> = result.then(settled, settled);
    this.#pending = pending;
    return result;
  }

  async #next(first?: Cut): Promise<Result> {
    try {
      this.#open();
      for (let cut = first; this.#closing === undefined; ) {
        const next: Cut = cut ?? this.#cutter.cut();
        const frame = next instanceof Promise ? await next : next;
        if (frame !== undefined && this.#closing === undefined)
          return { done: false, value: frame };
        // The loop has ended while it waited for room.
        if (frame !== undefined) endUnused(frame);
        cut = undefined;
        // More may have come while it waited for room. Else nothing can come before it waits for more.
        if (next !== undefined) continue;
        if (this.#isOver()) await this.#end(false);
        else cut = await this.#wait();
      }
    } catch (error) {
      if (this.#closing === undefined) {
        await this.#end(true, error);
        throw error;
      }
    }
    await this.#closing;
    return { done: true, value: undefined };
  }

  #open(): void {
    if (this.#isLive || this.#closing !== undefined) return;
    throwIfAborted(this.#signal);
    this.#isLive = true;
    this.#offAbort = onAbort(this.#signal, () => this.#abort(this.#signal?.reason));
    this.#source.open(this.#cutter, {
      more: () => this.#more(),
      end: () => {
        this.#isAtEnd = true;
        this.#waiter?.resolve(undefined);
      },
      fail: (error) => {
        if (!this.#isAtEnd) this.#failure ??= { error };
        this.#waiter?.resolve(undefined);
      },
    });
  }

  /** Waits until more has come, or nothing more comes. @returns what could be cut from it. */
  #wait(): Promise<Cut> | Cut {
    if (this.#closing !== undefined || this.#isAtEnd || this.#failure !== undefined)
      return undefined;
    return new Promise<Awaited<Cut>>((resolve, reject) => {
      this.#waiter = {
        resolve: (cut) => {
          this.#waiter = undefined;
          resolve(cut);
        },
        reject: (error) => {
          this.#waiter = undefined;
          reject(error);
        },
      };
      this.#source.read();
    });
  }

  /** @returns whether the source should read on: only while somebody waits for a frame. */
  #more(): boolean {
    const waiter = this.#waiter;
    if (waiter === undefined) return false;
    try {
      // At once, so that the source reads on into a frame that has been begun.
      const cut = this.#cutter.cut();
      if (cut === undefined) return true;
      if (this.#waiter !== waiter) return this.#drop(cut);
      waiter.resolve(cut);
      return !(cut instanceof Promise);
    } catch (error) {
      waiter.reject(error);
      return false;
    }
  }

  /** Gives back a frame that nobody waits for any more. */
  #drop(cut: Cut): false {
    Promise.resolve(cut).then(
      (frame) => frame && endUnused(frame),
      () => {},
    );
    return false;
  }

  /**
   * Whether nothing more comes.
   *
   * @throws what the source has failed with; `ERR_GIVEBACK_FRAME` if it ended within a frame.
   */
  #isOver(): boolean {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (!this.#isAtEnd) return false;
    const { length } = this.#cutter;
    if (length === 0) return true;
    throw new GivebackError(
      'ERR_GIVEBACK_FRAME',
      `Expected the stream to end after a frame, got ${length} bytes of another.`,
    );
  }

  #abort(reason: unknown): void {
    this.#isLive = false;
    this.#ended.abort(reason);
    this.#waiter?.reject(reason);
  }

  #end(early: boolean, reason?: unknown): Promise<void> {
    this.#closing ??= this.#close(early, reason);
    return this.#closing;
  }

  async #close(early: boolean, reason: unknown): Promise<void> {
    this.#isLive = false;
    this.#offAbort();
    this.#ended.abort(reason);
    this.#waiter?.resolve(undefined);
    await this.#source.close(early, reason);
    this.#cutter.clear();
  }
}
