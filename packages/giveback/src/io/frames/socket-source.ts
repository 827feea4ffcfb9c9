import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { isSpent } from '../../core/errors.ts';
import type { BufferPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { discardLease, endUnused } from '../../leasing/view.ts';
import { hasOnread, readInto, redirect } from '../chunks/accepted.ts';
import { unreadable } from '../chunks/readable.ts';
import { BLOCK, type FrameCutter } from './frame-cutter.ts';
import type { FrameSource, Told } from './frame-source.ts';
import { StreamSource } from './stream-source.ts';

/** Bytes that a socket without traffic reads into. They are not the pool's. */
const IDLE = 4 * 1024;

/** After a read of as many bytes more is likely to come. TLS passes on at most as many at once. */
const BUSY = 16 * 1024;

/**
 * A socket that reads into recycled memory: into a block, or where a large frame lacks its rest, into the
 * frame itself. A socket that has read little reads into a few bytes of its own, so that thousands of idle
 * connections hold no blocks.
 */
export class SocketSource implements FrameSource {
  readonly #socket: Socket;
  readonly #buffers: BufferPool;
  /** For what the stream holds already, its end and its errors. */
  readonly #stream: StreamSource;
  #idle: Buffer | undefined;
  #cutter!: FrameCutter;
  #told!: Told;
  /** What the socket reads into next. */
  #armed: Uint8Array | undefined;
  /** The same, if it is a block. */
  #block: RecycledBuffer | undefined;
  #isBusy = false;
  /** Whether it reads into memory of ours; else the stream's own chunks are copied. */
  #isDirect = false;
  /** Resolves when it has closed: nothing is read any more then. */
  #closed: Promise<void> | undefined;
  /** Whether another loop reads the socket, and it is not ours to close. */
  #isTaken = false;
  #isOver = false;
  #hasStopped = false;

  constructor(socket: Socket, buffers: BufferPool) {
    this.#socket = socket;
    this.#buffers = buffers;
    this.#stream = new StreamSource(socket);
  }

  open(cutter: FrameCutter, told: Told): void {
    this.#cutter = cutter;
    this.#told = told;
    const socket = this.#socket;
    if (hasOnread(socket)) {
      this.#isTaken = true;
      throw unreadable('a socket that somebody else has begun to read');
    }
    const callback = (bytes: number): boolean => this.#onRead(bytes);
    const buffer = (): Uint8Array => this.#arm();
    this.#isDirect = redirect(socket, { buffer, callback });
    // It calls itself closed before its handle is.
    this.#closed = new Promise((resolve) => socket.once('close', () => resolve()));
    // What it has read before comes first.
    let bytes = this.#isDirect ? socket.read() : null;
    for (; bytes !== null; bytes = socket.read()) cutter.add(bytes);
    this.#stream.open(cutter, told);
  }

  read(): void {
    this.#hasStopped = false;
    this.#stream.read();
  }

  disarm(): void {
    const block = this.#block;
    const idle = this.#idleMemory;
    if (block === undefined || !readInto(this.#socket, idle)) return;
    this.#block = undefined;
    this.#armed = idle;
    endUnused(block);
  }

  async close(early: boolean): Promise<void> {
    this.#isOver = true;
    if (this.#isTaken) return;
    await this.#stream.close(early);
    if (!this.#isDirect) return;
    if (early) await this.#closed;
    const isFree = readInto(this.#socket, this.#idleMemory);
    const block = this.#block;
    this.#block = undefined;
    if (block === undefined) return;
    if (isFree) endUnused(block);
    else discardLease(block);
  }

  #onRead(bytes: number): boolean {
    const [armed, block] = [this.#armed as Uint8Array, this.#block];
    this.#armed = undefined;
    this.#block = undefined;
    this.#isBusy = bytes === armed.length || bytes >= BUSY;
    try {
      if (block !== undefined) this.#addBlock(block, bytes);
      else if (armed === this.#idle) this.#cutter.add(armed.subarray(0, bytes));
      else this.#cutter.filled(bytes);
    } catch (error) {
      this.#told.fail(error);
      return false;
    }
    const readsOn = this.#told.more();
    this.#hasStopped = !readsOn;
    return readsOn;
  }

  #addBlock(block: RecycledBuffer, bytes: number): void {
    if (2 * bytes < block.length) {
      try {
        this.#cutter.add(block.subarray(0, bytes));
      } finally {
        endUnused(block);
      }
      return;
    }
    let filled = block;
    try {
      filled = this.#buffers.resize(block, bytes);
    } catch (error) {
      endUnused(block);
      throw error;
    }
    this.#cutter.addBlock(filled);
  }

  /** Called by Node for the memory to read into next, also when it has been destroyed, or connects anew. */
  #arm(): Uint8Array {
    this.#armed ??= this.#next();
    return this.#armed;
  }

  #next(): Uint8Array {
    if (this.#isOver) return this.#idleMemory;
    const room = this.#cutter.room();
    if (room !== undefined) return room;
    // A socket that has stopped may stay so for long.
    if (!this.#isBusy || this.#hasStopped) return this.#idleMemory;
    try {
      this.#block = this.#buffers.get(BLOCK);
      return this.#block;
    } catch (error) {
      // Where there is no room, the loop waits for it once these few bytes have come.
      if (!isSpent(error)) this.#told.fail(error);
      return this.#idleMemory;
    }
  }

  get #idleMemory(): Buffer {
    this.#idle ??= Buffer.allocUnsafeSlow(IDLE);
    return this.#idle;
  }
}
