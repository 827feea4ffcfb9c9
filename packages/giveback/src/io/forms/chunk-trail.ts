import type { Readable } from 'node:stream';
import { detachChunk } from '../body/detach-chunk.ts';

/**
 * Frees the chunks of a request while somebody else's parser reads a file from it. The parser cuts a chunk
 * into pieces, and may keep them in a queue. So a chunk is freed when the file has brought a piece of a
 * later one: then all of its own have been copied, and nothing but the file was in it. The first chunk and
 * the last, which may hold parts of other fields, are never freed.
 */
export class ChunkTrail {
  readonly #request: Readable;
  /** Chunks since the file began, oldest first. */
  #chunks: Uint8Array[] = [];

  constructor(request: Readable) {
    this.#request = request;
    // Before the parser gets the chunk.
    request.prependListener('data', this.#onData);
  }

  /** Tells that this piece of the file has come, and that all before it have been copied. */
  follow(piece: Uint8Array): void {
    const at = this.#chunks.findIndex(({ buffer }) => buffer === piece.buffer);
    if (at <= 0) return;
    const done = this.#chunks.splice(0, at);
    // The parser is one listener, this is the other.
    if (this.#request.listenerCount('data') === 2) for (const chunk of done) detachChunk(chunk);
  }

  end(): void {
    this.#request.off('data', this.#onData);
    this.#chunks = [];
  }

  readonly #onData = (chunk: unknown): void => {
    if (chunk instanceof Uint8Array) this.#chunks.push(chunk);
  };
}
