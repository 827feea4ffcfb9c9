import type { Socket } from 'node:net';
import { onAbort } from '../../core/signal.ts';
import type { BufferPool } from '../../leasing/buffer-pool.ts';
import { hasOnread, readInto, redirect } from '../chunks/accepted.ts';
import { unreadable } from '../chunks/readable.ts';
import { endOfStream, feedFrom, type Outlet } from '../write/feeds.ts';
import { isSocket } from '../write/nodes-own.ts';
import { bytesOf, type PumpSource } from '../write/source.ts';
import { readingPool } from './reading-pool.ts';

/** What takes the bytes of parts: chunks, or what has been read into its own memory. */
export interface PartOutlet extends Outlet {
  /**
   * Memory for the bytes that come next: of the part that has begun. Undefined if none has, or there is no room for more
   * of it now. It is the feed's until the next call, or until the feed is stopped.
   */
  space(): Uint8Array | undefined;
  /** So many bytes have come into `space()`. */
  filled(bytes: number): void;
}

/** A feed that may read into the parts. */
export type PartFeed = (outlet: PartOutlet) => Promise<void>;

/** Bytes for the beginning of a part. They are not the pool's: a socket may wait for them for long. */
const BEGINNING = 4 * 1024;

/** Chooses how to read a source into parts. @throws what `feedFrom` throws; `ERR_GIVEBACK_SOURCE` for a socket that somebody else reads. */
export function partFeedFrom(
  source: PumpSource,
  buffers: BufferPool,
  signal: AbortSignal,
): PartFeed {
  const feed = feedFrom(source, readingPool(buffers), { chunkSize: undefined, signal });
  if (!isSocket(source)) return feed;
  if (hasOnread(source)) throw unreadable('a socket that somebody else has begun to read');
  return (outlet) => {
    const reading = new SocketFeed(source, outlet);
    return reading.open() ? reading.run(signal) : feed(outlet);
  };
}

/**
 * Reads a socket into the part that is being filled: nothing is copied but the first bytes of each part, which
 * come into memory of its own. So a socket that waits, for bytes or until somebody wants a part, holds nothing
 * of the pool.
 */
class SocketFeed {
  readonly #socket: Socket;
  readonly #outlet: PartOutlet;
  readonly #beginning = new Uint8Array(BEGINNING);
  /** What the socket reads into next. */
  #armed: Uint8Array = this.#beginning;
  #isOver = false;

  constructor(socket: Socket, outlet: PartOutlet) {
    this.#socket = socket;
    this.#outlet = outlet;
  }

  /** @returns whether the socket reads here from now on. On Windows memory cannot be taken from it again. */
  open(): boolean {
    const socket = this.#socket;
    if (process.platform === 'win32' || hasOnread(socket) || socket.listenerCount('data') > 0)
      return false;
    const callback = (bytes: number): boolean => this.#onRead(bytes);
    return redirect(socket, { buffer: () => this.#arm(), callback });
  }

  async run(signal: AbortSignal): Promise<void> {
    const socket = this.#socket;
    const ended = endOfStream(socket, signal);
    const off = onAbort(signal, () => this.#stop());
    // What it has read before comes first; what is unshifted later, when it comes.
    const onData = (chunk: unknown): void => this.#takeChunk(chunk);
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) onData(chunk);
    socket.on('data', onData).resume();
    try {
      await ended;
    } finally {
      socket.off('data', onData);
      off();
      this.#stop();
    }
  }

  /** Called by Node for the memory to read into next. */
  #arm(): Uint8Array {
    const space = this.#isOver ? undefined : this.#outlet.space();
    this.#armed = space ?? this.#beginning;
    return this.#armed;
  }

  /** Called by Node when it has read. @returns whether it may read on */
  #onRead(bytes: number): boolean {
    const outlet = this.#outlet;
    try {
      if (this.#armed === this.#beginning) outlet.take(this.#beginning.slice(0, bytes));
      else outlet.filled(bytes);
    } catch (error) {
      outlet.fail(error);
      return false;
    }
    if (!outlet.isFull) return true;
    void this.#goOnWhenRoom();
    return false;
  }

  async #goOnWhenRoom(): Promise<void> {
    await this.#outlet.room();
    // It does not pause the stream, so that was somebody else.
    if (!this.#socket.isPaused()) this.#socket.resume();
  }

  #takeChunk(chunk: unknown): void {
    // It goes where the socket would have read to.
    this.#disarm();
    try {
      this.#outlet.take(bytesOf(chunk));
    } catch (error) {
      this.#outlet.fail(error);
    }
  }

  #disarm(): void {
    if (this.#armed === this.#beginning) return;
    this.#armed = this.#beginning;
    readInto(this.#socket, this.#beginning);
  }

  #stop(): void {
    this.#isOver = true;
    this.#disarm();
  }
}
