import type { Writable } from 'node:stream';
import { GivebackError } from '../../core/errors.ts';
import { checkObject } from '../../core/validate.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { EndedLease, endLoan, storeOf } from '../../leasing/view.ts';
import { watchEndings } from '../write/endings.ts';
import { handOut, hold, letGo } from '../write/holds.ts';
import { type HttpRequest, type HttpResponse, isHttp2 } from './messages.ts';

/** The bodies on loan, by their requests. */
const loans = new WeakMap<object, RecycledBuffer>();

/**
 * Lends a body to whoever handles the request until its response is finished. Then the body is taken
 * back and detached, so that work which comes too late finds length 0.
 *
 * Where the connection closes before that, nobody has told the handler: it may be at work at the body,
 * in native code too, and rightly so. See `takeBackEarly`.
 */
export function lendBody(body: RecycledBuffer, request: HttpRequest, response: HttpResponse): void {
  loans.set(request, body);
  hold(body, endLoan);
  const end = (isFinished: boolean): void => {
    stop();
    // Unless it was taken.
    if (loans.get(request) !== body) return;
    loans.delete(request);
    if (isFinished) letGo(body, true);
    else takeBackEarly(body, request, response);
  };
  const stop = watchEndings(response as unknown as Writable, {
    // A stream of HTTP/2 that is cut off ends by itself, whether its response has ended or not.
    finish: () => end(response.writableEnded),
    close: () => end(false),
  });
}

/**
 * An HTTP/1 connection calls back for every write before it closes, so a handler that has ended its
 * response is done with the body, sent or not. Frames of an HTTP/2 stream may be on their way to the
 * socket still, from where the body lies; and whoever has not ended the response yet may be using the body
 * still: it is discarded then, and the collector frees it when nobody has it any more. Shared memory has
 * no collector: there the body stays on loan until the handler ends the response.
 */
function takeBackEarly(body: RecycledBuffer, request: HttpRequest, response: HttpResponse): void {
  const mayBeInFlight = isHttp2(request) && response.headersSent;
  if (!mayBeInFlight && response.writableEnded) letGo(body, true);
  else if (!mayBeInFlight && !(body.buffer instanceof ArrayBuffer)) {
    loans.set(request, body);
    onceEnded(response, () => {
      if (loans.delete(request)) letGo(body, true);
    });
  } else letGo(body, false);
}

/** Of a response that has closed, whose `end` has nothing to send any more and emits nothing. */
function onceEnded(response: HttpResponse, listener: () => void): void {
  const { end } = response;
  response.end = function (this: HttpResponse, ...args: unknown[]): HttpResponse {
    const result = (end as (...args: unknown[]) => HttpResponse).apply(this, args);
    response.end = end;
    listener();
    return result;
  } as never;
}

/**
 * Makes the handler of a request the owner of its body, for work that goes on after the response: it is
 * not taken back any more, and to be given back as any buffer that one owns, however late.
 *
 * @param request as the adapter has handled it: of `node:http`, express or fastify.
 * @returns `request.body`.
 * @throws `ERR_GIVEBACK_NOT_LEASED` where there is none, or it was taken, given or taken back by then.
 * @example
 * app.post('/jobs', expressBody(buffers), async (request, response) => {
 *   const body = takeBody(request);
 *   response.status(202).end();
 *   try {
 *     await work(body);
 *   } finally {
 *     buffers.give(body);
 *   }
 * });
 */
export function takeBody(request: object): RecycledBuffer {
  checkObject('request', request);
  // Fastify's own request has the server's in `raw`.
  const { raw = request } = request as { readonly raw?: object };
  const body = loans.get(request) ?? loans.get(raw);
  if (body !== undefined && !(storeOf(body) instanceof EndedLease)) {
    loans.delete(request);
    loans.delete(raw);
    handOut(body);
    return body;
  }
  throw new GivebackError(
    'ERR_GIVEBACK_NOT_LEASED',
    'Expected `request` to have a body on loan, got one that has none, or whose body was taken, given or taken back by then.',
  );
}
