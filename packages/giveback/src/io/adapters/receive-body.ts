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

export interface Exchange {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  /** What the body is read from: the request itself, or what a hook has made of it. */
  readonly payload: Readable;
}

/**
 * Reads the body of a request and lends it until the response is finished.
 *
 * @returns undefined for an empty one.
 * @throws (rejects) what `refuse` makes of what went wrong.
 */
export async function receiveBody(
  { request, response, payload }: Exchange,
  buffers: BufferPool,
  options: ResolvedAdapterOptions,
): Promise<RecycledBuffer | undefined> {
  // A client that goes while its body waits for room leaves the queue.
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

/** What is to be undone before the body is handed on. @throws `ERR_GIVEBACK_ENCODING`. */
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
