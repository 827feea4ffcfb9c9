import type { Readable } from 'node:stream';
import { checkNames, checkObject } from '../../core/validate.ts';
import type { BufferPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { endLease } from '../../leasing/view.ts';
import { describe } from '../adapters/refusal.ts';
import { type ReadBodyOptions, resolveBodyOptions } from '../body/body-options.ts';
import { eachChunk } from '../body/each-chunk.ts';
import { appendOrWait, believeFrom, GrowingBuffer } from '../body/growing-buffer.ts';
import { lendUntilEnd } from '../write/give-after.ts';
import { ChunkTrail } from './chunk-trail.ts';
import { BELIEVED, FileLengths } from './file-lengths.ts';
import { responseOf, watchRequests } from './response-of.ts';

/** How much of each file is read, and what is done while there is no room. */
export interface StoredFilesOptions
  extends Pick<ReadBodyOptions, 'limit' | 'waitTimeout' | 'detachChunks'> {
  /**
   * Milliseconds that a file waits, each time, while the recycler's budget leaves no room. With 0 it does
   * not wait.
   *
   * @default 30_000
   */
  readonly waitTimeout?: number | undefined;
}

/** A request of Node's server that somebody else's parser reads. */
interface ParsedRequest extends Readable {
  readonly headers: { readonly 'content-length'?: string };
}

/** What is known of the files of a request. */
interface Known {
  readonly lengths: FileLengths;
  bytes: number;
}

/** Puts the files that somebody else's parser finds into recycled buffers, lent until the response ends. */
export class StoredFiles {
  readonly #buffers: BufferPool;
  readonly #options: ReturnType<typeof resolveBodyOptions>;
  readonly #known = new WeakMap<object, Known>();

  /** @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for arguments that are not as documented. */
  constructor(buffers: BufferPool, options: StoredFilesOptions) {
    checkObject('options', options);
    checkNames(options, ['limit', 'waitTimeout', 'detachChunks']);
    this.#buffers = buffers;
    this.#options = resolveBodyOptions({ ...options, waitTimeout: options.waitTimeout ?? 30_000 });
    watchRequests();
  }

  /**
   * Reads a file. If that fails, the rest of it is dropped, so that the parser goes on.
   *
   * @throws (rejects with) an error that has the `statusCode` to answer.
   */
  async store(request: ParsedRequest, file: Readable): Promise<RecycledBuffer> {
    try {
      const response = responseOf(request);
      const buffer = await this.#read(request, file);
      lendUntilEnd(response, buffer);
      return buffer;
    } catch (error) {
      file.on('error', () => {}).resume();
      throw describe(error);
    }
  }

  async #read(request: ParsedRequest, file: Readable): Promise<RecycledBuffer> {
    const { limit, waitTimeout, detachChunks } = this.#options;
    const known = this.#knownOf(request);
    const expectedLength = Math.min(known.lengths.expect(known.bytes), limit);
    const growing = new GrowingBuffer(this.#buffers, { limit, expectedLength });
    believeFrom(growing, BELIEVED);
    const trail = detachChunks ? new ChunkTrail(request) : undefined;
    const waiting = { signal: undefined, timeout: waitTimeout };
    try {
      await eachChunk(file, undefined, (piece) => {
        trail?.follow(piece as Uint8Array);
        return appendOrWait(growing, piece as Uint8Array, waiting);
      });
      known.lengths.note(growing.length);
      known.bytes += growing.length;
      if (growing.length > 0) return growing.finish();
      return await this.#buffers.acquire(0, { timeout: waitTimeout });
    } finally {
      trail?.end();
      growing[Symbol.dispose]();
    }
  }

  #knownOf(request: ParsedRequest): Known {
    let known = this.#known.get(request);
    if (known === undefined) {
      const total = Number(request.headers['content-length'] ?? 0);
      known = { lengths: new FileLengths(Number.isSafeInteger(total) ? total : 0), bytes: 0 };
      this.#known.set(request, known);
    }
    return known;
  }
}

/** Takes a lent file back early. Does nothing if that has happened already. */
export function takeBack(buffer: unknown): void {
  endLease(buffer as RecycledBuffer);
}
