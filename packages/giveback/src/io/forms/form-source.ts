import type { Readable } from 'node:stream';
import type { ReadableStream, ReadableStreamDefaultReader } from 'node:stream/web';
import { GivebackError, GivebackTypeError, got } from '../../core/errors.ts';
import { abortable } from '../../core/signal.ts';
import { detachChunk } from '../body/detach-chunk.ts';
import { checkUnread, eachChunk } from '../body/each-chunk.ts';
import { isReadable, unreadable } from '../chunks/readable.ts';

/** Takes a chunk. @returns a promise if the next one is to wait. */
export type TakeChunk = (chunk: unknown) => Promise<void> | undefined;

/** A request with a form, of whatever kind. */
export interface FormSource {
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** Bytes of the body; 0 if it does not say. */
  readonly contentLength: number;
  /** Whether nobody else gets its chunks. */
  isAlone(): boolean;
  /**
   * Takes all chunks. Rejects as soon as the signal is aborted.
   *
   * @throws (rejects with) `ERR_GIVEBACK_SOURCE` for a request that was read, or closes early.
   */
  read(signal: AbortSignal, take: TakeChunk): Promise<void>;
  /**
   * Reads the rest and drops it, so that the request can be answered and its connection used again. Node
   * does so with the body of a request that nobody reads.
   */
  drain(detaches: boolean): void;
}

/** A request of Node's server, described by its shape. */
export interface NodeRequest extends Readable {
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
}

/** A fetch `Request`, described by its shape. */
export interface FetchRequest {
  readonly body: unknown;
  readonly bodyUsed: boolean;
  readonly headers: { get(name: string): string | null };
}

/**
 * What `readForm` reads: a request of `node:http`, HTTP/2's compatibility API, express or Nest; a fetch
 * `Request`; or what has either of them as its `raw`, as the requests of fastify and hono do.
 */
export type FormRequest = NodeRequest | FetchRequest | { readonly raw: NodeRequest | FetchRequest };

/** @throws `ERR_GIVEBACK_TYPE` for anything but such a request. */
export function formSource(request: FormRequest): FormSource {
  const { raw = request } = (request ?? {}) as { readonly raw?: unknown };
  const found = isSource(request) ? request : raw;
  if (isNodeRequest(found)) return new NodeSource(found);
  if (isFetchRequest(found)) return new FetchSource(found);
  throw new GivebackTypeError(
    `Expected \`request\` to be a request of Node's server or a Request, ${got(request)}.`,
  );
}

function isSource(request: unknown): boolean {
  return isNodeRequest(request) || isFetchRequest(request);
}

function isNodeRequest(request: unknown): request is NodeRequest {
  const { headers } = (request ?? {}) as Partial<NodeRequest>;
  return isReadable(request) && typeof headers === 'object' && headers !== null;
}

function isFetchRequest(request: unknown): request is FetchRequest {
  const { body, bodyUsed, headers } = (request ?? {}) as Partial<FetchRequest>;
  return body !== undefined && typeof bodyUsed === 'boolean' && typeof headers?.get === 'function';
}

/** A length beyond all integers will never come. */
function lengthOf(header: string | null | undefined): number {
  const length = /^\d+$/.test(header ?? '') ? Number(header) : 0;
  return Number.isSafeInteger(length) ? length : Number.MAX_SAFE_INTEGER;
}

class NodeSource implements FormSource {
  readonly #request: NodeRequest;
  /** Whether somebody else reads it, or has. */
  #isOthers: boolean;

  constructor(request: NodeRequest) {
    this.#request = request;
    this.#isOthers = request.readableDidRead;
  }

  get contentType(): string | undefined {
    return this.#header('content-type');
  }

  get contentEncoding(): string | undefined {
    return this.#header('content-encoding');
  }

  get contentLength(): number {
    return lengthOf(this.#header('content-length'));
  }

  isAlone(): boolean {
    return this.#request.listenerCount('data') === 1;
  }

  async read(signal: AbortSignal, take: TakeChunk): Promise<void> {
    this.#isOthers ||= this.#request.readableDidRead;
    checkUnread(this.#request);
    await eachChunk(this.#request, signal, take);
  }

  drain(detaches: boolean): void {
    const request = this.#request;
    if (this.#isOthers || request.destroyed || request.readableEnded) return;
    // The error of a connection that is cut off interests nobody any more.
    request.on('error', () => {});
    request.on('data', (chunk: Uint8Array) => {
      if (detaches && this.isAlone()) detachChunk(chunk);
    });
    request.resume();
  }

  #header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return typeof value === 'string' ? value : undefined;
  }
}

class FetchSource implements FormSource {
  readonly #request: FetchRequest;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  constructor(request: FetchRequest) {
    this.#request = request;
  }

  get contentType(): string | undefined {
    return this.#request.headers.get('content-type') ?? undefined;
  }

  get contentEncoding(): string | undefined {
    return this.#request.headers.get('content-encoding') ?? undefined;
  }

  get contentLength(): number {
    return lengthOf(this.#request.headers.get('content-length'));
  }

  isAlone(): boolean {
    return true;
  }

  async read(signal: AbortSignal, take: TakeChunk): Promise<void> {
    const { body, bodyUsed } = this.#request;
    if (bodyUsed) throw unreadable('one that was read already');
    if (body === null) return;
    const stream = body as ReadableStream<Uint8Array>;
    if (stream.locked) throw unreadable('one that is locked to a reader');
    const reader = stream.getReader();
    this.#reader = reader;
    for (;;) {
      const { done, value } = await abortable(reader.read(), signal);
      if (done) return;
      const taking = take(value);
      if (taking !== undefined) await abortable(taking, signal);
    }
  }

  drain(): void {
    const { body, bodyUsed } = this.#request;
    const stream = body as ReadableStream<Uint8Array> | null;
    const isFree = stream !== null && !bodyUsed && !stream.locked;
    const reader = this.#reader ?? (isFree ? stream.getReader() : undefined);
    if (reader === undefined) return;
    const readOn = ({ done }: { done: boolean }): Promise<void> | undefined =>
      done ? undefined : reader.read().then(readOn);
    // Whatever ends it is of no interest any more.
    reader
      .read()
      .then(readOn)
      .catch(() => {});
  }
}

/** @throws `ERR_GIVEBACK_ENCODING` for a form that is compressed, which busboy does not decode. */
export function checkEncoding({ contentEncoding = 'identity' }: FormSource): void {
  const encoding = contentEncoding.trim().toLowerCase();
  if (encoding === '' || encoding === 'identity') return;
  throw new GivebackError(
    'ERR_GIVEBACK_ENCODING',
    `Expected a form in no encoding, got one in ${JSON.stringify(encoding.slice(0, 40))}.`,
  );
}
