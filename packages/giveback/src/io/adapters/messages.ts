import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';

/** A request to a server of HTTP/1 or 2. */
export type HttpRequest = IncomingMessage | Http2ServerRequest;
/** The response to it. */
export type HttpResponse = ServerResponse | Http2ServerResponse;

/** What body parsers set to tell each other that they have read a body. */
interface Flagged {
  /** Used by body-parser 1, that of express 4. */
  _body?: boolean;
}

export function isHttp2(request: HttpRequest): request is Http2ServerRequest {
  return request.httpVersionMajor >= 2;
}

/**
 * Whether a body follows. HTTP/1 announces a body; HTTP/2 need not, but tells with the headers if there is
 * none. If the connection becomes a tunnel, what follows is not a body.
 */
export function hasBody(request: HttpRequest): boolean {
  const { headers, method } = request;
  if (method === 'CONNECT' || (request as { upgrade?: boolean }).upgrade === true) return false;
  if (isHttp2(request)) return request.stream?.endAfterHeaders !== true;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0;
}

/** Whether another parser has read the body, or is about to. */
export function isTaken(request: HttpRequest): boolean {
  return (
    (request as Flagged)._body === true ||
    request.readableDidRead ||
    request.readableEnded ||
    request.readableFlowing === true ||
    request.listenerCount('readable') > 0
  );
}

/** Tells later parsers that the body was read. Those of express 5 notice by themselves. */
export function markTaken(request: HttpRequest): void {
  (request as Flagged)._body = true;
}
