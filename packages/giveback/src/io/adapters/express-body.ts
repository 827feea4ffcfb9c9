import type { BufferPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { type AdapterOptions, resolveAdapterOptions } from './adapter-options.ts';
import { typeMatcher } from './content-types.ts';
import { type HttpRequest, type HttpResponse, hasBody, isTaken, markTaken } from './messages.ts';
import { receiveBody } from './receive-body.ts';

/** What a request has after the middleware. */
export interface WithBody {
  /** The body; undefined if the request has none, or an empty one. */
  body?: RecycledBuffer;
}

/** A middleware for express, connect and plain servers of Node. */
export type BodyMiddleware = (
  request: HttpRequest,
  response: HttpResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * Middleware for express 4 and 5, connect, and plain `node:http` and `node:http2`. It reads the request's
 * body into one recycled buffer, `request.body`, and lends that to the handlers of the request. When the
 * response has finished, the body is taken back and detached, so that late work finds length 0. For work
 * that goes on after the response, see `takeBody`. (Shared memory cannot be detached: always take the body
 * there.)
 *
 * A body that another parser has read is left alone, and so is one of another `type`.
 *
 * Errors are passed to `next` with a `statusCode`: 413 for a body over `limit` or larger than any block of
 * shared memory, 415 for an encoding that is not accepted, 503 with `Retry-After` if the budget leaves no
 * room, and 400 for a body that ends early. The connection is closed after such an answer.
 *
 * @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for options that are not as documented.
 * @example
 * app.post('/files', expressBody(buffers, { limit: 10_000_000 }), (request, response) => {
 *   response.send(`${request.body.length} bytes`);
 * });
 */
export function expressBody(buffers: BufferPool, options: AdapterOptions = {}): BodyMiddleware {
  const resolved = resolveAdapterOptions(buffers, options);
  const takes = typeMatcher(resolved.type);
  return (request, response, next) => {
    const isLeft = !hasBody(request) || isTaken(request) || !takes(request.headers['content-type']);
    if (isLeft) return next();
    markTaken(request);
    receiveBody({ request, response, payload: request }, buffers, resolved).then((body) => {
      if (body !== undefined) (request as WithBody).body = body;
      next();
    }, next);
  };
}
