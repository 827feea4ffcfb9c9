import { isSpent } from '../../core/errors.ts';
import type { BufferPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { unpooled } from '../../leasing/unpooled.ts';
import { canRestore } from '../chunks/byob.ts';

/**
 * The pool that a source reads its chunks into while a part is filled from it. It is `buffers`, but never
 * waits: where the budget leaves no room, a chunk lies in other memory. A chunk that waited would keep the
 * part waiting, and what that holds.
 */
export function readingPool(buffers: BufferPool): BufferPool {
  const others = new WeakSet<RecycledBuffer>();
  const poolOf = (buffer: RecycledBuffer): BufferPool => (others.has(buffer) ? unpooled : buffers);
  const other = (buffer: RecycledBuffer): RecycledBuffer => {
    others.add(buffer);
    return buffer;
  };
  const get = (size: number): RecycledBuffer => {
    try {
      return buffers.get(size);
    } catch (error) {
      if (!isSpent(error)) throw error;
      return other(unpooled.get(size));
    }
  };
  return {
    get,
    acquire: async (size) => get(size),
    resize(buffer, size) {
      const isOther = others.has(buffer);
      return isOther ? other(unpooled.resize(buffer, size)) : buffers.resize(buffer, size);
    },
    give: (buffer) => poolOf(buffer).give(buffer),
    discard: (buffer) => poolOf(buffer).discard(buffer),
    ...(canRestore(buffers) && {
      restore: (buffer: RecycledBuffer, view: ArrayBufferView) => buffers.restore(buffer, view),
    }),
  };
}
