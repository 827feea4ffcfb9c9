import { subscribe } from 'node:diagnostics_channel';
import type { Writable } from 'node:stream';
import { GivebackTypeError } from '../../core/errors.ts';

// Parsers of forms get the request and not its response, but a borrowed file is lent until that has
// finished.

const responses = new WeakMap<object, Writable>();
let isWatching = false;

/** Notes the response of each request that comes from now on. */
export function watchRequests(): void {
  if (isWatching) return;
  isWatching = true;
  subscribe('http.server.request.start', (message) => {
    const { request, response } = message as { request: object; response: Writable };
    responses.set(request, response);
  });
}

/**
 * The response to a request, or its stream if it is one of HTTP/2.
 *
 * @throws `ERR_GIVEBACK_TYPE` if there is no way to it: not a request of Node's server.
 */
export function responseOf(request: object): Writable {
  const { res, stream } = request as { readonly res?: Writable; readonly stream?: Writable };
  const found = res ?? responses.get(request) ?? stream;
  if (found !== undefined) return found;
  throw new GivebackTypeError(
    'Expected `request` to be one of Node’s server whose response is known, got another.',
  );
}
