import type { Readable, Writable } from 'node:stream';
import { GivebackError } from '../../core/errors.ts';
import type { BufferPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { endLease } from '../../leasing/view.ts';
import { readBody } from '../body/read-body.ts';
import { watchEndings } from '../write/endings.ts';
import type { ResolvedAdapterOptions } from './adapter-options.ts';
import { lendBody } from './borrowed-body.ts';
import { type Encoding, isEncoding, readInflated } from './inflate.ts';
import type { HttpRequest, HttpResponse } from './messages.ts';
import { refuse } from './refusal.ts';
import { closeWhenStalled, probing } from './watching.ts';

/** A request and its response. */
export interface Exchange {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  /** What to read the body from: the request itself, or a stream that a hook has put in its place. */
  readonly payload: Readable;
}

/**
 * Reads the body of a request and lends it until the response has finished.
 *
 * @returns the body; undefined if it is empty.
 * @throws (rejects with) the error as `refuse` returns it.
 */
export async function receiveBody(
  { request, response, payload }: Exchange,
  buffers: BufferPool,
  options: ResolvedAdapterOptions,
): Promise<RecycledBuffer | undefined> {
  // If the client leaves while its body waits for room, the wait ends.
  const gone = new AbortController();
  const stop = watchEndings(response as unknown as Writable, {
    close: () => gone.abort(goneEarly()),
  });
  const stopProbing = options.probeWaiting ? probing(request, response) : undefined;
  try {
    const encoding = encodingOf(request, options);
    const { limit, waitTimeout } = options;
    const reading = { limit, waitTimeout, signal: gone.signal };
    const body =
      encoding === undefined
        ? await readBody(payload, buffers, { ...reading, detachChunks: options.detachChunks })
        : await readInflated(payload, encoding, buffers, reading);
    if (body.length === 0 || gone.signal.aborted) endLease(body);
    if (gone.signal.aborted) throw gone.signal.reason;
    if (body.length === 0) return undefined;
    if (options.stallTimeout !== Infinity)
      closeWhenStalled(request, response, options.stallTimeout);
    lendBody(body, request, response);
    return body;
  } catch (error) {
    throw refuse(error, request, response);
  } finally {
    stop();
    stopProbing?.();
  }
}

/** The encoding to decode, if any. @throws `ERR_GIVEBACK_ENCODING` for one that is not accepted. */
function encodingOf(
  { headers }: HttpRequest,
  { contentEncoding }: ResolvedAdapterOptions,
): Encoding | undefined {
  const encoding = headers['content-encoding']?.trim().toLowerCase() || 'identity';
  if (encoding === 'identity' || contentEncoding === 'keep') return undefined;
  if (contentEncoding === 'inflate' && isEncoding(encoding)) return encoding;
  throw new GivebackError(
    'ERR_GIVEBACK_ENCODING',
    `Expected a body in ${contentEncoding === 'inflate' ? 'gzip, deflate or br' : 'no encoding'}, got one in ${JSON.stringify(encoding.slice(0, 40))}.`,
  );
}

function goneEarly(): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_SOURCE',
    'Expected the client to stay until its body had come, got the end of its connection.',
  );
}
