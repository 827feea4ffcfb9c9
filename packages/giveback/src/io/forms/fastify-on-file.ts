import type { Readable } from 'node:stream';
import { type BufferPool, checkPool } from '../../leasing/buffer-pool.ts';
import { StoredFiles, type StoredFilesOptions } from './stored-files.ts';

// The part of @fastify/multipart that is used here. Its own types would be a dependency.

/** A file as `@fastify/multipart` hands it to `onFile`. */
export interface MultipartFile {
  readonly file: Readable;
  toBuffer(): Promise<Buffer>;
}

/** The type of `@fastify/multipart`'s option `onFile`. */
// biome-ignore lint/suspicious/noExplicitAny: `this` is fastify's request, which has many type parameters.
export type OnFile = (this: any, part: any) => Promise<void>;

/**
 * The option `onFile` for the package `@fastify/multipart` (10.x), with `attachFieldsToBody`. Each file is
 * one recycled buffer of exactly its length: the `value` of its part, what its `toBuffer()` resolves to, and
 * with `attachFieldsToBody: 'keyValues'` the value in `request.body`. It is borrowed: lent until the response
 * has finished, then taken back and detached. `take(reply.raw, buffer)` makes you its owner.
 *
 * The plugin's own limits apply. `limit` is for the memory: a longer file is answered with 413, and one
 * that finds no room with 503.
 *
 * @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for arguments that are not as documented.
 * @example
 * await app.register(multipart, { attachFieldsToBody: 'keyValues', onFile: fastifyOnFile(buffers) });
 * app.post('/photos', async (request) => `${request.body.photo.length} bytes`);
 */
export function fastifyOnFile(buffers: BufferPool, options: StoredFilesOptions = {}): OnFile {
  checkPool(buffers);
  const files = new StoredFiles(buffers, options);
  return async function (this: { readonly raw: Readable }, part: MultipartFile): Promise<void> {
    try {
      const buffer = await files.store(this.raw as never, part.file);
      // The last one is what its `saveRequestFiles` writes.
      Object.assign(part, { value: buffer, toBuffer: async () => buffer, _buf: buffer });
    } catch (error) {
      // Nobody takes the files that follow, so the parser would hold up the rest of the request.
      this.raw.unpipe().resume();
      throw error;
    }
  };
}
