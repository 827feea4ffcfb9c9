import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { type GivebackError, GivebackTypeError, got } from '../../core/errors.ts';
import { checkNames, checkObject, integer, requiredFunction } from '../../core/validate.ts';
import { type BufferPool, checkPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { endLease } from '../../leasing/view.ts';
import { readsInto, redirect } from './accepted.ts';
import { Handover, type OnChunk } from './handover.ts';

/** In how large chunks a socket reads. */
export interface OnreadOptions {
  /**
   * The most bytes of a chunk: as many as the socket reads at a time.
   *
   * @default 64 KiB
   */
  readonly chunkSize?: number | undefined;
}

/**
 * Lets a socket read into recycled memory: the `onread` option for a socket that you make, or
 * `attach` for one that a server has accepted. Chunks come to `handler`, which owns each; the socket
 * emits no `'data'`.
 *
 * A handler may be async: the socket reads on when its promise has settled. A handler that throws or
 * rejects destroys the socket with that error. One that returns, or resolves to, `false` pauses the
 * socket until somebody calls `socket.resume()`.
 *
 * Where the recycler has no room, the socket is paused until there is some. Chunks that were read and
 * not handed over when the socket is destroyed are given back; those of a socket that came to its end
 * are all handed over, which may be after its `'end'` and `'close'`: see `handed`.
 *
 * @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for arguments that are not as documented.
 * `net.connect` throws what `get` throws for the first memory to read into.
 * @example
 * const incoming = onread(buffers, (chunk) => {
 *   hash.update(chunk);
 *   buffers.give(chunk);
 * });
 * const socket = incoming.attach(net.connect({ port, onread: incoming }));
 */
export function onread(buffers: BufferPool, handler: OnChunk, options: OnreadOptions = {}): Onread {
  checkPool(buffers);
  requiredFunction('handler', handler);
  checkObject('options', options);
  checkNames(options, ['chunkSize']);
  const chunkSize = integer('chunkSize', options.chunkSize ?? 64 * 1024, 1, 2 ** 31 - 1);
  return new Onread(buffers, handler, chunkSize);
}

/** What `onread` returns: of one socket. */
export class Onread {
  /** What Node calls for the memory to read into next, once it has handed over the last. */
  readonly buffer: () => Uint8Array;
  /** What Node calls when it has read. */
  readonly callback: (bytes: number, buffer: Uint8Array) => boolean;
  readonly #buffers: BufferPool;
  readonly #handler: OnChunk;
  readonly #chunkSize: number;
  #handover: Handover | undefined;
  #copies = false;
  /** What the socket reads into next. */
  #armed: RecycledBuffer | undefined;

  constructor(buffers: BufferPool, handler: OnChunk, chunkSize: number) {
    this.#buffers = buffers;
    this.#handler = handler;
    this.#chunkSize = chunkSize;
    const self = this;
    this.buffer = () => {
      this.#armed ??= buffers.get(chunkSize);
      return this.#armed;
    };
    this.callback = function (this: unknown, bytes) {
      // Node calls it as a method of the socket.
      if (self.#handover === undefined) self.attach(this as Socket);
      return self.#onRead(bytes);
    };
  }

  /**
   * Whether chunks are copied, as the attached socket does not read into recycled memory: it had read
   * something before (after an HTTP upgrade, say), there was no room for the first chunk, or this
   * runtime offers no way.
   */
  get copies(): boolean {
    return this.#copies;
  }

  /**
   * For a socket that was made with this as its `onread`: when it closes, what it would have read into
   * next is given back; without this, a socket that never received anything keeps that.
   *
   * For one that a server has accepted, before anything was read from it: from now on it reads into
   * recycled memory as well. Node has no public way to do that; where the inner one has gone, its
   * chunks are copied into recycled memory. So are those of a socket that was read from before, as after
   * an HTTP upgrade: `unshift` the `head` of such a socket first, and the handler gets that as well.
   *
   * @returns the socket.
   * @throws `ERR_GIVEBACK_TYPE` for what is no socket, and for a second one; what `get` throws for the
   * memory to read into, unless that is `ERR_GIVEBACK_BUDGET`. The socket is as before then.
   */
  attach(socket: Socket): Socket {
    if (typeof socket?.once !== 'function' || typeof socket.isPaused !== 'function')
      throw new GivebackTypeError(`Expected \`socket\` to be a Socket, ${got(socket)}.`);
    if (this.#handover !== undefined)
      throw new GivebackTypeError(
        'Expected `socket` to be the only one of this `onread`, got a second.',
      );
    this.#copies = !readsInto(socket, this) && !this.#redirect(socket);
    const handover = new Handover(this.#buffers, this.#handler, socket, this.#copies);
    this.#handover = handover;
    socket.on('close', () => this.#onClose(socket, handover));
    if (socket.closed) this.#onClose(socket, handover);
    if (this.#copies) this.#copyFrom(socket, handover);
    return socket;
  }

  /**
   * Resolves when the handler is done with all that was read, which may be later than the socket's end
   * and close; of a socket that was destroyed, when it is done with the chunk that it has.
   *
   * @throws (rejects with) what the handler threw or rejected with, and what `acquire` rejected with.
   */
  async handed(): Promise<void> {
    await this.#handover?.done();
  }

  /** @returns whether the socket reads into recycled memory from now on. */
  #redirect(socket: Socket): boolean {
    try {
      return redirect(socket, this);
    } catch (error) {
      // A server cannot choose when it accepts a socket, and should not fail for want of room.
      if ((error as GivebackError).code === 'ERR_GIVEBACK_BUDGET') return false;
      throw error;
    }
  }

  #onRead(bytes: number): boolean {
    const handover = this.#handover as Handover;
    const chunk = this.#armed as RecycledBuffer;
    try {
      this.#armed = this.#buffers.get(this.#chunkSize);
    } catch (error) {
      // The socket will read into this chunk again, so it stays, and what it holds now is copied.
      if ((error as GivebackError).code === 'ERR_GIVEBACK_BUDGET')
        return handover.takeCopyOf(Buffer.from(chunk.subarray(0, bytes)));
      handover.fail(error);
      return false;
    }
    if (bytes === chunk.length) return handover.take(chunk);
    try {
      return handover.take(this.#buffers.resize(chunk, bytes));
    } catch (error) {
      endLease(chunk);
      handover.fail(error);
      return false;
    }
  }

  #copyFrom(socket: Socket, handover: Handover): void {
    socket.on('data', (bytes: Uint8Array) => {
      for (let from = 0; from < bytes.length; from += this.#chunkSize)
        if (!handover.takeCopyOf(bytes.subarray(from, from + this.#chunkSize))) socket.pause();
    });
  }

  #onClose(socket: Socket, handover: Handover): void {
    // A closed socket reads no more.
    if (this.#armed !== undefined) endLease(this.#armed);
    this.#armed = undefined;
    // What it had read before its end is not lost by its close.
    if (!socket.readableEnded) handover.drop();
  }
}
