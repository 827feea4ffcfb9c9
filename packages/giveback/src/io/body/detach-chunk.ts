import { GivebackTypeError, got } from '../../core/errors.ts';
import { release } from '../../core/platform.ts';
import { isStore } from '../../leasing/stores.ts';
import { isRecycled } from '../../leasing/view.ts';

/**
 * Frees the memory of a chunk now, instead of leaving it to the collector: chunks are most of the memory
 * that an upload takes. With the call you promise that nobody else uses the chunk, which has length 0
 * afterwards. It does not free memory that others may share: parts of a larger array buffer (such as Node's
 * small buffers), shared memory, and everything that a recycler of any copy of this library has made.
 *
 * @returns whether it has freed the chunk.
 * @throws `ERR_GIVEBACK_TYPE` for anything but an array buffer view.
 * @example
 * socket.on('data', (chunk) => {
 *   parser.write(chunk);   // copies what it needs
 *   detachChunk(chunk);
 * });
 */
export function detachChunk(chunk: ArrayBufferView): boolean {
  if (!ArrayBuffer.isView(chunk))
    throw new GivebackTypeError(`Expected \`chunk\` to be a view of bytes, ${got(chunk)}.`);
  const { buffer, byteLength } = chunk;
  if (!(buffer instanceof ArrayBuffer) || byteLength === 0 || byteLength !== buffer.byteLength)
    return false;
  if (isStore(buffer) || isRecycled(chunk)) return false;
  try {
    release(buffer);
  } catch {
    // Some array buffers cannot be detached, such as that of a WebAssembly memory.
    return false;
  }
  return buffer.byteLength === 0;
}
