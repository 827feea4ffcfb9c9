import type { Writable } from 'node:stream';
import { GivebackError } from '../../core/errors.ts';
import { checkObject } from '../../core/validate.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { EndedLease, endLoan, storeOf } from '../../leasing/view.ts';
import { watchEndings } from '../write/endings.ts';
import { handOut, hold, letGo } from '../write/holds.ts';
import { type HttpRequest, type HttpResponse, isHttp2 } from './messages.ts';

/** The lent bodies, by their requests. */
const loans = new WeakMap<object, RecycledBuffer>();

/**
 * Lends a body to the handlers of a request until its response has finished. Then the body is taken back
 * and detached, so that late work finds length 0.
 *
 * If the connection closes before that, the handler does not know, and may still be using the body, even in
 * native code: see `takeBackEarly`.
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
    // An HTTP/2 stream that is cut off finishes even if its response has not ended.
    finish: () => end(response.writableEnded),
    close: () => end(false),
  });
}

/**
 * Takes back a body whose connection has closed early.
 *
 * An HTTP/1 connection calls back for every write before it closes, so a handler that has ended its
 * response is done with the body, sent or not. But HTTP/2 frames may still be sent from where the body
 * lies, and a handler that has not ended its response may still be using the body. Then it is discarded,
 * and the collector frees it when it is no longer used. The collector does not free blocks of shared
 * memory: there the body stays lent until the handler ends the response.
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

/** Calls `listener` when `end` is called on a response that has closed, and so emits nothing any more. */
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
 * Makes you the owner of a request's body, for work that goes on after the response: it is no longer taken
 * back, and you give it back.
 *
 * @param request a request that an adapter has handled: of `node:http`, express or fastify.
 * @returns `request.body`.
 * @throws `ERR_GIVEBACK_NOT_LEASED` if the request has no lent body, or it was taken, given or taken back
 * already.
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
  // Fastify's request has that of the server in `raw`.
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
    'Expected `request` to have a body on loan, got one that has none, or whose body was taken, given or taken back already.',
  );
}
