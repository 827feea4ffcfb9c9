import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { GivebackTypeError, got, isSpent } from '../../core/errors.ts';
import { checkNames, checkObject, integer, requiredFunction } from '../../core/validate.ts';
import { type BufferPool, checkPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { endLease } from '../../leasing/view.ts';
import { readInto, readsInto, redirect } from './accepted.ts';
import { Handover, type OnChunk } from './handover.ts';

/** What a socket that has ended reads into: nothing will come. */
const NOTHING = new Uint8Array(1);

/** In chunks of what size a socket reads. */
export interface OnreadOptions {
  /**
   * The most bytes of a chunk, and so of one read: 1 to 2^31 − 1.
   *
   * @default 64 KiB
   */
  readonly chunkSize?: number | undefined;
}

/**
 * Makes a socket read into recycled memory. Pass the result as the `onread` option when you make a socket,
 * or call its `attach` with a socket that a server has accepted. `handler` gets the chunks and owns each of
 * them. The socket emits no `'data'`.
 *
 * A handler may be async: the socket reads on when its promise has resolved. If it throws or rejects, the
 * socket is destroyed with that error. If it returns or resolves to `false`, the socket is paused until
 * somebody calls `socket.resume()`.
 *
 * While the recycler has no room, the socket is paused. If the socket is destroyed, chunks that the handler
 * has not got yet are given back. If it ends, the handler gets all of them, possibly after `'end'` and
 * `'close'`: see `handed`.
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

/** What `onread` returns. It is for one socket. */
export class Onread {
  /** Called by Node for the memory to read into next. */
  readonly buffer: () => Uint8Array;
  /** Called by Node when it has read. */
  readonly callback: (bytes: number, buffer: Uint8Array) => boolean;
  readonly #buffers: BufferPool;
  readonly #handler: OnChunk;
  readonly #chunkSize: number;
  #handover: Handover | undefined;
  #copies = false;
  /** The buffer that the socket reads into next. */
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
   * Whether all chunks are copied, because the attached socket cannot read into recycled memory: somebody
   * else listens to its `'data'`, there was no room for the first chunk, or this runtime offers no way.
   */
  get copies(): boolean {
    return this.#copies;
  }

  /**
   * Attaches a socket.
   *
   * If it was made with this as its `onread`, `attach` makes sure that when the socket closes, the buffer
   * for its next read is given back. Otherwise a socket that never receives anything would keep it.
   *
   * If it was made in another way (a server accepted it, or it comes from an HTTP upgrade), it reads into
   * recycled memory from now on. What it has read already is copied, and comes first: `unshift` the `head`
   * of an upgrade before. Node has no public way to do that. Where the inner way is missing, all chunks
   * are copied: see `copies`.
   *
   * @returns the socket.
   * @throws `ERR_GIVEBACK_TYPE` for anything but a socket, and for a second one; what `get` throws for the
   * first buffer, except `ERR_GIVEBACK_BUDGET`. The socket is left alone then.
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
    socket.on('end', () => this.#onEnd(socket));
    socket.on('close', () => this.#onClose(socket, handover));
    if (socket.closed) this.#onClose(socket, handover);
    if (this.#copies) this.#copyFrom(socket, handover);
    else if (socket.bytesRead > 0 || socket.readableLength > 0)
      this.#copyWhatWasRead(socket, handover);
    return socket;
  }

  /**
   * Resolves when the handler is done with all that was read, which may be after the socket has ended and
   * closed. If the socket was destroyed, it resolves when the handler is done with its present chunk.
   *
   * @throws (rejects with) what the handler threw or rejected with, and what `acquire` rejected with.
   */
  async handed(): Promise<void> {
    await this.#handover?.done();
  }

  /** @returns whether the socket reads into recycled memory from now on. */
  #redirect(socket: Socket): boolean {
    // Others who listen would get nothing any more.
    if (socket.listenerCount('data') > 0 && socket.bytesRead > 0) return false;
    try {
      return redirect(socket, this);
    } catch (error) {
      // A server cannot choose when it accepts a socket, so it should not fail because there is no room.
      if (isSpent(error)) return false;
      throw error;
    }
  }

  #onRead(bytes: number): boolean {
    const handover = this.#handover as Handover;
    const chunk = this.#armed as RecycledBuffer;
    try {
      this.#armed = this.#buffers.get(this.#chunkSize);
    } catch (error) {
      // The socket will read into this chunk again, so what it holds now is copied.
      if (isSpent(error)) return handover.takeCopyOf(Buffer.from(chunk.subarray(0, bytes)));
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
      if (!this.#copy(bytes, handover)) socket.pause();
    });
  }

  /**
   * Copies what the stream holds, before the socket reads on. A `head` that is unshifted too late still
   * comes, after what was read meanwhile.
   */
  #copyWhatWasRead(socket: Socket, handover: Handover): void {
    for (let bytes = socket.read(); bytes !== null; bytes = socket.read())
      this.#copy(bytes, handover);
    socket.on('data', (bytes: Uint8Array) => void this.#copy(bytes, handover));
  }

  /** @returns whether the socket may read on. */
  #copy(bytes: Uint8Array, handover: Handover): boolean {
    let mayReadOn = true;
    for (let from = 0; from < bytes.length; from += this.#chunkSize)
      mayReadOn = handover.takeCopyOf(bytes.subarray(from, from + this.#chunkSize)) && mayReadOn;
    return mayReadOn;
  }

  /** It reads no more, but may stay half open for long. */
  #onEnd(socket: Socket): void {
    if (this.#armed === undefined || !readInto(socket, NOTHING)) return;
    endLease(this.#armed);
    this.#armed = undefined;
  }

  #onClose(socket: Socket, handover: Handover): void {
    // A closed socket reads no more.
    if (this.#armed !== undefined) endLease(this.#armed);
    this.#armed = undefined;
    // What was read before a regular end still goes to the handler.
    if (!socket.readableEnded) handover.drop();
  }
}
