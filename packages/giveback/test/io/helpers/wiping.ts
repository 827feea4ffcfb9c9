import assert from 'node:assert/strict';
import { BufferRecycler, type RecycledBuffer } from '../../../src/index.ts';
import type { Kind } from './kinds.ts';

const MOST = 2 * 1024 * 1024;
const ZEROS = Buffer.alloc(MOST);
/** No byte of it is zero. */
const JUNK = Buffer.alloc(MOST, 0xee);

/** Whatever a view may show of others: every byte is looked at. */
function assertZero(bytes: Uint8Array, what: string): void {
  const { buffer, byteOffset, byteLength } = bytes;
  const isZero = Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).equals(
    ZEROS.subarray(0, byteLength),
  );
  if (isZero) return;
  const at = bytes.findIndex((byte) => byte !== 0);
  assert.fail(`${what}: byte ${at} of ${byteLength} is ${bytes[at]}`);
}

/** Not `fill`, which takes 15 times as long on shared memory. */
export function soil(bytes: Uint8Array): void {
  bytes.set(JUNK.subarray(0, bytes.byteLength));
}

/**
 * From now on every byte of every buffer that the recycler lends is looked at, whoever asks for it, and
 * those beyond it that its store has; then the whole buffer is soiled, whatever its holder does to it.
 */
export function watchBytes(recycler: Kind): { readonly looks: number } {
  const watch = { looks: 0 };
  let last: RecycledBuffer | undefined;
  const look = (view: RecycledBuffer, from = 0): RecycledBuffer => {
    watch.looks++;
    assertZero(view.subarray(from), 'lent');
    if (recycler instanceof BufferRecycler)
      assertZero(new Uint8Array(view.buffer, view.length), 'beyond what is lent');
    soil(view.subarray(from));
    last = view;
    return view;
  };
  const { get, acquire, resize } = recycler;
  Object.assign(recycler, {
    get: (size: number) => look(get.call(recycler, size)),
    acquire: async (...args: Parameters<Kind['acquire']>) =>
      look(await acquire.call(recycler, ...args)),
    resize: (buffer: RecycledBuffer, size: number) => {
      const before = buffer.length;
      const resized = resize.call(recycler, buffer, size);
      // One that has moved was got.
      return resized === last ? resized : look(resized, Math.min(before, size));
    },
  });
  return watch;
}
