import { GivebackTypeError, got } from '../../core/errors.ts';
import { release } from '../../core/platform.ts';
import { isStore } from '../../leasing/stores.ts';
import { isRecycled } from '../../leasing/view.ts';

/**
 * Frees the memory of a chunk now, where it would otherwise wait for the collector: most of what an
 * upload costs is its chunks. To call it is to promise that nobody else has the chunk, as its length is
 * 0 afterwards. It frees nothing that others hold without knowing of each other: parts of a larger
 * array buffer (Node's own small ones are), shared memory, and whatever a recycler of any copy of this
 * library has made.
 *
 * @returns whether it has freed it.
 * @throws `ERR_GIVEBACK_TYPE` for what is no view of bytes.
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
    // There are array buffers that nobody may detach, as that of a WebAssembly memory is.
    return false;
  }
  return buffer.byteLength === 0;
}
