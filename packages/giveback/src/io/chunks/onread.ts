import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { GivebackTypeError, got } from '../../core/errors.ts';
import { checkNames, checkObject, integer, requiredFunction } from '../../core/validate.ts';
import { type BufferPool, checkPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { readsInto, redirect } from './accepted.ts';

export interface OnreadOptions {
  /** The most bytes of a chunk: as many as the socket reads at a time. Default 64 KiB. */
  readonly chunkSize?: number | undefined;
}

/**
 * Owns the chunk that it is handed, and gives it back when it likes. `false` pauses the socket, which
 * goes on after its `resume()`.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: most handlers return nothing at all.
export type OnChunk = (chunk: RecycledBuffer, socket: Socket) => boolean | void;

/**
 * Lets a socket read into recycled memory: the `onread` option for a socket that you make, or
 * `attach` for one that a server has accepted. Chunks come to `handler`; the socket emits no `'data'`.
 *
 * Where the recycler has no room, the socket is paused until there is some. An error that `handler`
 * throws destroys the socket, which emits it.
 *
 * @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for arguments that are not as documented.
 * @example
 * const incoming = onread(buffers, { chunkSize: 65_536 }, (chunk) => {
 *   hash.update(chunk);
 *   buffers.give(chunk);
 * });
 * const socket = incoming.attach(net.connect({ port, onread: incoming }));
 */
export function onread(buffers: BufferPool, options: OnreadOptions, handler: OnChunk): Onread {
  checkPool(buffers);
  checkObject('options', options);
  checkNames(options, ['chunkSize']);
  const chunkSize = integer('chunkSize', options.chunkSize ?? 64 * 1024, 1, 2 ** 31 - 1);
  return new Onread(buffers, chunkSize, requiredFunction('handler', handler));
}

/** What `onread` returns: of one socket. */
export class Onread {
  /** What Node calls for the memory to read into next, once it has handed over the last. */
  readonly buffer: () => Uint8Array;
  /** What Node calls when it has read. */
  readonly callback: (bytes: number, buffer: Uint8Array) => boolean;
  readonly #buffers: BufferPool;
  readonly #chunkSize: number;
  readonly #handler: OnChunk;
  #socket: Socket | undefined;
  /** What the socket reads into next. */
  #armed: RecycledBuffer | undefined;
  /** What was read while the recycler had no room. */
  readonly #overflow: Uint8Array[] = [];
  #handing: Promise<void> | undefined;

  constructor(buffers: BufferPool, chunkSize: number, handler: OnChunk) {
    this.#buffers = buffers;
    this.#chunkSize = chunkSize;
    this.#handler = handler;
    const self = this;
    this.buffer = () => {
      this.#armed ??= buffers.get(chunkSize);
      return this.#armed;
    };
    this.callback = function (this: unknown, bytes) {
      // Node calls it as a method of the socket.
      if (self.#socket === undefined) self.attach(this as Socket);
      return self.#onRead(bytes);
    };
  }

  /**
   * For a socket that was made with this as its `onread`: when it closes, what it would have read into
   * next is given back; without this, a socket that never received anything keeps that.
   *
   * For one that a server has accepted, before anything was read from it: from now on it reads into
   * recycled memory as well. Node has no public way to do that; where the inner one has gone, its
   * chunks are copied into recycled memory.
   *
   * @returns the socket.
   */
  attach(socket: Socket): Socket {
    if (typeof socket?.once !== 'function' || this.#socket !== undefined)
      throw new GivebackTypeError(
        `Expected \`socket\` to be a Socket, and the only one of this \`onread\`, ${got(socket)}.`,
      );
    this.#socket = socket;
    socket.once('close', () => this.#onClose());
    if (!readsInto(socket, this) && !redirect(socket, this)) this.#copyFrom(socket);
    return socket;
  }

  /**
   * Resolves when the handler has all that was read, which may be later than the socket's end and close.
   *
   * @throws (rejects with) what `acquire` throws.
   */
  async handed(): Promise<void> {
    await this.#handing;
  }

  #onRead(bytes: number): boolean {
    const chunk = this.#armed as RecycledBuffer;
    if (this.#overflow.length > 0) return this.#putAside(chunk, bytes);
    try {
      this.#armed = this.#buffers.get(this.#chunkSize);
    } catch (error) {
      return this.#putAside(chunk, bytes, error);
    }
    return this.#hand(bytes === chunk.length ? chunk : this.#buffers.resize(chunk, bytes));
  }

  /** @returns whether the socket may go on. */
  #hand(chunk: RecycledBuffer): boolean {
    try {
      return this.#handler(chunk, this.#socket as Socket) !== false;
    } catch (error) {
      this.#socket?.destroy(error as Error);
      return false;
    }
  }

  /**
   * There is no memory to read into next, and the socket would read into this chunk again. So it stays,
   * what it holds is copied, and the socket is paused; should somebody resume it, that is copied too.
   */
  #putAside(chunk: Uint8Array, bytes: number, error?: unknown): false {
    this.#overflow.push(Buffer.from(chunk.subarray(0, bytes)));
    if (this.#overflow.length === 1) {
      if ((error as { code?: string }).code === 'ERR_GIVEBACK_BUDGET') {
        this.#handing = this.#handOverflow();
        this.#handing.catch((reason) => this.#socket?.destroy(reason));
      } else this.#socket?.destroy(error as Error);
    }
    return false;
  }

  async #handOverflow(): Promise<void> {
    const socket = this.#socket as Socket;
    const closed = new AbortController();
    // What a socket has read before its end is not lost by its close.
    const onClose = (): void => {
      if (!socket.readableEnded) closed.abort();
    };
    socket.once('close', onClose);
    try {
      let goOn = true;
      for (let bytes = this.#overflow[0]; bytes !== undefined; bytes = this.#overflow[0]) {
        const chunk = await this.#buffers.acquire(bytes.length, { signal: closed.signal });
        chunk.set(bytes);
        this.#overflow.shift();
        goOn = this.#hand(chunk);
      }
      if (goOn) socket.resume();
    } catch (error) {
      if (!closed.signal.aborted) throw error;
    } finally {
      socket.off('close', onClose);
    }
  }

  #copyFrom(socket: Socket): void {
    socket.on('data', (bytes: Uint8Array) => {
      for (let from = 0; from < bytes.length; from += this.#chunkSize)
        if (!this.#onCopied(bytes.subarray(from, from + this.#chunkSize))) socket.pause();
    });
  }

  #onCopied(bytes: Uint8Array): boolean {
    if (this.#overflow.length > 0) return this.#putAside(bytes, bytes.length);
    let chunk: RecycledBuffer;
    try {
      chunk = this.#buffers.get(bytes.length);
    } catch (error) {
      return this.#putAside(bytes, bytes.length, error);
    }
    chunk.set(bytes);
    return this.#hand(chunk);
  }

  #onClose(): void {
    // A closed socket reads no more.
    if (this.#armed !== undefined) this.#buffers.give(this.#armed);
    this.#armed = undefined;
    if (this.#socket?.readableEnded !== true) this.#overflow.length = 0;
  }
}
