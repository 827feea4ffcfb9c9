import { abortable, type Signal } from '../../core/signal.ts';
import type { BufferPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { discardLease } from '../../leasing/view.ts';

// A byte stream takes the bytes of the buffer that it is brought away by transfer, fills them, and brings
// them back in a view of its own. The lease goes on with that view, where the pool can do so.

/** A pool whose buffers may be transferred away and come back, as a `BufferRecycler`'s may. */
interface RestoringPool extends BufferPool {
  restore(buffer: RecycledBuffer, view: ArrayBufferView): RecycledBuffer;
}

export function canRestore(buffers: BufferPool): buffers is RestoringPool {
  return typeof (buffers as Partial<RestoringPool>).restore === 'function';
}

/** A `ReadableStreamBYOBReader`, by its shape. */
export interface ByobReader {
  read(view: Uint8Array): Promise<Filled>;
  cancel(reason?: unknown): Promise<void>;
  releaseLock(): void;
}

interface Filled {
  readonly done: boolean;
  readonly value?: Uint8Array | undefined;
}

/** Undefined where the stream is no byte stream. */
export function byobReaderOf(stream: object): ByobReader | undefined {
  try {
    return (stream as { getReader(options: object): ByobReader }).getReader({ mode: 'byob' });
  } catch {
    return undefined;
  }
}

/** The next chunk of at most `size` bytes; undefined at the end. */
export async function readByob(
  reader: ByobReader,
  buffers: RestoringPool,
  size: number,
  signal: Signal,
): Promise<RecycledBuffer | undefined> {
  for (;;) {
    const lent = await buffers.acquire(size, { signal });
    const { value, done } = await fill(lent, reader, buffers, signal);
    const chunk = value === undefined ? undefined : await restored(lent, value, buffers, signal);
    // A stream that was cancelled keeps what it was brought.
    if (chunk === undefined) discardLease(lent);
    else if (chunk.length > 0 && !done) return chunk;
    else buffers.give(chunk);
    if (done) return undefined;
  }
}

async function fill(
  lent: RecycledBuffer,
  reader: ByobReader,
  buffers: BufferPool,
  signal: Signal,
): Promise<Filled> {
  if (signal.aborted) {
    buffers.give(lent);
    throw signal.reason;
  }
  try {
    const view = new Uint8Array(lent.buffer, lent.byteOffset, lent.length);
    return await abortable(reader.read(view), signal);
  } catch (error) {
    // The stream has the bytes still, or never took them; nobody can tell which.
    discardLease(lent);
    throw error;
  }
}

/** What a stream brought back: the same bytes as a rule, else a copy, as the others are not the pool's. */
async function restored(
  lent: RecycledBuffer,
  view: Uint8Array,
  buffers: RestoringPool,
  signal: Signal,
): Promise<RecycledBuffer> {
  try {
    return buffers.restore(lent, view);
  } catch {
    discardLease(lent);
  }
  const copy = await buffers.acquire(view.length, { signal });
  copy.set(view);
  return copy;
}
