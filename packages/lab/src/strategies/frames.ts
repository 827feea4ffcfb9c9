import type { MessagePort, Worker } from 'node:worker_threads';
import {
  type BufferTicket,
  type RecycledBuffer,
  SharedBufferRecycler,
  type SharedRecyclerHandle,
} from 'giveback/threads';
import { makeBuffer, type Strategy } from './strategy.ts';

/** What is posted: the bytes of a frame, or the ticket of a frame that stays where it is. */
export type PassedFrame = Uint8Array | BufferTicket;

/** How a frame gets from one thread to the next: what `frames` compares. */
export interface Passing {
  post(frame: Buffer, to: Worker | MessagePort, threadId: number): void;
  /** Turns what `postMessage` has delivered into a buffer of this thread. */
  receive(message: PassedFrame): Buffer;
}

/** A strategy of `frames`, in the first thread, where frames begin and end. */
export interface FrameStrategy extends Strategy, Passing {
  readonly name: 'clone' | 'transfer' | 'shared';
  /** What the other threads need to pass frames in the same way. */
  readonly handle: SharedRecyclerHandle | null;
}

/** Frames that are on their way at the same time. */
export const IN_FLIGHT = 4;
/** 1080p, four bytes a pixel. */
export const FRAME_BYTES: number = 1920 * 1080 * 4;

function asBuffer(message: PassedFrame): Buffer {
  const { buffer, byteOffset, byteLength } = message as Uint8Array;
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** The usual way, `postMessage(frame)`: each post copies the frame, and each copy becomes garbage. */
export class Cloned implements FrameStrategy {
  readonly name = 'clone';
  readonly handle = null;
  #makes = 0;

  get(size: number): Buffer {
    this.#makes += 1;
    return makeBuffer(size);
  }

  give(): void {}

  post(frame: Buffer, to: Worker | MessagePort): void {
    to.postMessage(frame);
  }

  /** Called in the first thread, when the frame has been copied into the second, the third and this one. */
  receive(message: PassedFrame): Buffer {
    this.#makes += 3;
    return asBuffer(message);
  }

  counts(): { makes: number; frees: number } {
    return { makes: this.#makes, frees: 0 };
  }

  close(): void {}
}

/** `postMessage(frame, [frame.buffer])`: the frame moves, and is used again when it has come back. */
export class Transferred implements FrameStrategy {
  readonly name = 'transfer';
  readonly handle = null;
  readonly #idle: Buffer[] = [];
  #makes = 0;

  get(size: number): Buffer {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    this.#makes += 1;
    return makeBuffer(size);
  }

  give(frame: Buffer): void {
    this.#idle.push(frame);
  }

  post(frame: Buffer, to: Worker | MessagePort): void {
    to.postMessage(frame, [frame.buffer as ArrayBuffer]);
  }

  receive(message: PassedFrame): Buffer {
    return asBuffer(message);
  }

  counts(): { makes: number; frees: number } {
    return { makes: this.#makes, frees: 0 };
  }

  close(): void {}
}

/** giveback's `SharedBufferRecycler`: the frame stays where it is, and its ticket is posted. */
export class Shared implements FrameStrategy {
  readonly name = 'shared';
  readonly #frames: SharedBufferRecycler;

  constructor(frames: SharedBufferRecycler) {
    this.#frames = frames;
  }

  /** Two more blocks than there are frames on their way. */
  static make(): Shared {
    return new Shared(new SharedBufferRecycler({ blockSize: FRAME_BYTES, blocks: IN_FLIGHT + 2 }));
  }

  get handle(): SharedRecyclerHandle {
    return this.#frames.handle;
  }

  get(size: number): Buffer {
    return this.#frames.get(size);
  }

  give(frame: Buffer): void {
    this.#frames.give(frame as RecycledBuffer);
  }

  post(frame: Buffer, to: Worker | MessagePort, threadId: number): void {
    to.postMessage(this.#frames.handOver(frame as RecycledBuffer, threadId));
  }

  receive(message: PassedFrame): Buffer {
    return this.#frames.adopt(message as BufferTicket);
  }

  counts(): { makes: number; frees: number } {
    return { makes: this.#frames.stats().makes, frees: 0 };
  }

  close(): void {
    this.#frames.close();
  }
}

/** How another thread passes frames on. */
export function passingFrom(
  name: FrameStrategy['name'],
  handle: SharedRecyclerHandle | null,
): Passing {
  if (handle !== null) return new Shared(SharedBufferRecycler.from(handle));
  return name === 'transfer' ? new Transferred() : new Cloned();
}
