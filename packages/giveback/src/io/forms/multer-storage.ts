import type { Readable } from 'node:stream';
import { type BufferPool, checkPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { StoredFiles, type StoredFilesOptions, takeBack } from './stored-files.ts';

// The part of multer that is used here. Its own types would be a dependency.

// biome-ignore lint/suspicious/noExplicitAny: multer's type is express's, with many type parameters.
type AnyRequest = any;

/** What multer gets of each file, besides what it knows itself. */
export interface StoredFile {
  buffer: RecycledBuffer;
  size: number;
}

/** A storage engine for multer. */
export interface MulterStorage {
  _handleFile(
    request: AnyRequest,
    file: { readonly stream: Readable },
    done: (error?: unknown, info?: StoredFile) => void,
  ): void;
  _removeFile(
    request: AnyRequest,
    file: { readonly buffer: Buffer },
    done: (error: Error | null) => void,
  ): void;
}

/**
 * A storage engine for the package multer (2.x), in place of `multer.memoryStorage()`: `file.buffer` is a
 * recycled buffer of exactly the file's length. It is borrowed: lent to the handlers of the request until
 * the response has finished, then taken back and detached, so that late work finds length 0. For work that
 * goes on after the response, `take(response, file.buffer)` makes you its owner. (Shared memory cannot be
 * detached: always take the buffer there.)
 *
 * Multer's own limits apply. `limit` is for the memory: a longer file is an error with the `statusCode`
 * 413, and one that finds no room gets 503. What becomes of the other files then is multer's decision, and
 * they are given back.
 *
 * @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for arguments that are not as documented.
 * @example
 * const upload = multer({ storage: multerStorage(buffers), limits: { fileSize: 10_000_000 } });
 * app.post('/photos', upload.array('photos'), (request, response) => {
 *   response.send(`${request.files.length} photos`);
 * });
 */
export function multerStorage(
  buffers: BufferPool,
  options: StoredFilesOptions = {},
): MulterStorage {
  checkPool(buffers);
  const files = new StoredFiles(buffers, options);
  return {
    _handleFile(request, { stream }, done) {
      files.store(request, stream).then(
        (buffer) => done(null, { buffer, size: buffer.length }),
        (error) => done(error),
      );
    },
    _removeFile(_request, { buffer }, done) {
      takeBack(buffer);
      done(null);
    },
  };
}
