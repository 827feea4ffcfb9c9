import type { Socket } from 'node:net';
import { isSpent } from '../../core/errors.ts';
import { isThenable } from '../../core/validate.ts';
import type { BufferPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { endLease } from '../../leasing/view.ts';

/** What a handler returns, or resolves to. `false` pauses the socket until `socket.resume()` is called. */
// biome-ignore lint/suspicious/noConfusingVoidType: most handlers return nothing at all.
export type Handled = boolean | void;

/**
 * A handler of chunks. It owns each chunk, and gives it back. If it returns a promise, the socket waits for
 * that.
 */
export type OnChunk = (chunk: RecycledBuffer, socket: Socket) => Handled | PromiseLike<Handled>;

/** What was read while the handler was busy: a chunk, or bytes to be copied to one. */
interface Queued {
  readonly bytes: Uint8Array;
  readonly chunk: RecycledBuffer | undefined;
}

/**
 * Passes what a socket reads to a handler: one chunk at a time, in order, and the next only when the
 * handler is done with the last. What comes meanwhile is queued. That is little, because the socket is
 * stopped; but TLS passes on all that it has decrypted, and anybody may call `resume()`.
 */
export class Handover {
  readonly #buffers: BufferPool;
  readonly #handler: OnChunk;
  readonly #socket: Socket;
  /** Whether the stream is paused while the handler is busy, or only stops reading. */
  readonly #pausesStream: boolean;
  #queue: Queued[] = [];
  #isHanding = false;
  /** Whether the handler has returned `false`, and nobody has called `resume()` since. */
  #isPaused = false;
  #failure: { readonly error: unknown } | undefined;
  /** Ends a wait for room. */
  #closed = new AbortController();
  #idleListeners: (() => void)[] = [];

  constructor(buffers: BufferPool, handler: OnChunk, socket: Socket, pausesStream: boolean) {
    this.#buffers = buffers;
    this.#handler = handler;
    this.#socket = socket;
    this.#pausesStream = pausesStream;
    socket.on('resume', () => this.#onResume());
    socket.on('end', () => this.#onEnd());
  }

  /** Passes on a chunk, now or after those before it. @returns whether the socket may go on reading. */
  take(chunk: RecycledBuffer): boolean {
    if (this.#failure !== undefined) {
      endLease(chunk);
      return false;
    }
    if (this.#isBusy()) return this.#enqueue({ bytes: chunk, chunk });
    let result: ReturnType<OnChunk>;
    try {
      result = this.#handler(chunk, this.#socket);
    } catch (error) {
      this.fail(error);
      return false;
    }
    if (isThenable(result)) {
      void this.#handAll(result as PromiseLike<Handled>);
      return false;
    }
    this.#heed(result);
    return result !== false;
  }

  /**
   * Passes on a copy of bytes that are not recycled, and do not change. They are copied when there is room.
   */
  takeCopyOf(bytes: Uint8Array): boolean {
    if (this.#failure !== undefined) return false;
    if (this.#isBusy()) return this.#enqueue({ bytes, chunk: undefined });
    let chunk: RecycledBuffer;
    try {
      chunk = this.#buffers.get(bytes.length);
    } catch (error) {
      if (!isSpent(error)) this.fail(error);
      else this.#enqueue({ bytes, chunk: undefined });
      return false;
    }
    chunk.set(bytes);
    return this.take(chunk);
  }

  /** Destroys the socket with that error, and gives back what is queued. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.drop();
    this.#socket.destroy(error as Error);
  }

  /** Gives back what is queued. Called when the socket was destroyed before its end. */
  drop(): void {
    for (const { chunk } of this.#queue) if (chunk !== undefined) endLease(chunk);
    this.#queue = [];
    this.#closed.abort();
    this.#closed = new AbortController();
    this.#tell();
  }

  /**
   * Resolves when the handler is done with all that was read; rejects with the error that destroyed the
   * socket.
   */
  async done(): Promise<void> {
    if (!this.#isIdle()) await new Promise<void>((resolve) => this.#idleListeners.push(resolve));
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Where only the reading is stopped, a stream that is paused was paused by somebody else. */
  get #isPausedByOthers(): boolean {
    return !this.#pausesStream && this.#socket.isPaused();
  }

  #isBusy(): boolean {
    return !this.#isIdle() || this.#isPaused || this.#socket.isPaused();
  }

  #isIdle(): boolean {
    return !this.#isHanding && this.#queue.length === 0;
  }

  #enqueue(queued: Queued): false {
    this.#queue.push(queued);
    if (!this.#isHanding && !this.#socket.isPaused()) void this.#handAll();
    return false;
  }

  /** After `first`, passes on what is queued, until the queue is empty or the handler pauses the socket. */
  async #handAll(first?: PromiseLike<Handled>): Promise<void> {
    this.#isHanding = true;
    try {
      if (first !== undefined) this.#heed(await first);
      while (!this.#isPaused && !this.#isPausedByOthers && this.#queue.length > 0)
        this.#heed(await this.#handNext());
    } catch (error) {
      this.fail(error);
    }
    this.#isHanding = false;
    this.#goOn();
    this.#tell();
  }

  async #handNext(): Promise<Handled> {
    const { bytes, chunk } = this.#queue[0] as Queued;
    const handed = chunk ?? (await this.#copy(bytes));
    if (handed === undefined) return undefined;
    this.#queue.shift();
    return this.#handler(handed, this.#socket);
  }

  /** Copies the bytes when there is room. Undefined if the queue is dropped before that. */
  async #copy(bytes: Uint8Array): Promise<RecycledBuffer | undefined> {
    const { signal } = this.#closed;
    try {
      const chunk = await this.#buffers.acquire(bytes.length, { signal });
      if (!signal.aborted) {
        chunk.set(bytes);
        return chunk;
      }
      endLease(chunk);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    return undefined;
  }

  #heed(handled: Handled): void {
    if (handled !== false) return;
    this.#isPaused = true;
    this.#socket.pause();
  }

  #goOn(): void {
    if (this.#isPaused || this.#isPausedByOthers || this.#failure !== undefined) return;
    this.#socket.resume();
  }

  #onResume(): void {
    // The event comes a moment after the call, and the handler may have paused the socket again.
    if (!this.#socket.isPaused()) this.#continue();
  }

  /**
   * What was read before the end may wait for `resume()`, but a destroyed socket does not emit `'resume'`.
   */
  #onEnd(): void {
    if (this.#isIdle()) return;
    const socket = this.#socket;
    const { resume } = socket;
    socket.resume = () => {
      queueMicrotask(() => this.#continue());
      return resume.call(socket);
    };
  }

  #continue(): void {
    this.#isPaused = false;
    if (!this.#isHanding && this.#queue.length > 0) void this.#handAll();
  }

  #tell(): void {
    if (!this.#isIdle()) return;
    const listeners = this.#idleListeners;
    this.#idleListeners = [];
    for (const listener of listeners) listener();
  }
}
