import { abortable, type Signal } from '../../core/signal.ts';
import type { BufferPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { discardLease } from '../../leasing/view.ts';

// "Bring your own buffer": a byte stream transfers the bytes of the buffer it is passed away, fills them,
// and returns them in a new view. If the pool can restore buffers, the lease goes on with that view.

/** A pool whose buffers can be transferred away and restored, such as a `BufferRecycler`. */
interface RestoringPool extends BufferPool {
  restore(buffer: RecycledBuffer, view: ArrayBufferView): RecycledBuffer;
}

export function canRestore(buffers: BufferPool): buffers is RestoringPool {
  return typeof (buffers as Partial<RestoringPool>).restore === 'function';
}

/** A `ReadableStreamBYOBReader`, described by its shape. */
export interface ByobReader {
  read(view: Uint8Array): Promise<Filled>;
  cancel(reason?: unknown): Promise<void>;
  releaseLock(): void;
}

interface Filled {
  readonly done: boolean;
  readonly value?: Uint8Array | undefined;
}

/** Undefined if the stream is not a byte stream. */
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
    // A stream that was cancelled keeps the bytes.
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
    // The stream may still have the bytes, or may never have taken them: nobody can tell.
    discardLease(lent);
    throw error;
  }
}

/** The buffer for what a stream returned: usually the same bytes; if it returned others, a copy of them. */
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
