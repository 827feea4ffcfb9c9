import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';

/** A request to a server, by HTTP/1 or 2. */
export type HttpRequest = IncomingMessage | Http2ServerRequest;
export type HttpResponse = ServerResponse | Http2ServerResponse;

/** What parsers of bodies look at to tell one another that they have read it. */
interface Flagged {
  /** Of body-parser 1, express 4's. */
  _body?: boolean;
}

export function isHttp2(request: HttpRequest): request is Http2ServerRequest {
  return request.httpVersionMajor >= 2;
}

/**
 * Whether a body follows, by what the protocol says: HTTP/1 announces it, HTTP/2 need not, and says with
 * the headers if there is none. Where the connection becomes a tunnel, what follows is no body.
 */
export function hasBody(request: HttpRequest): boolean {
  const { headers, method } = request;
  if (method === 'CONNECT' || (request as { upgrade?: boolean }).upgrade === true) return false;
  if (isHttp2(request)) return request.stream?.endAfterHeaders !== true;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0;
}

/** Whether somebody else has read the body, or is about to. */
export function isTaken(request: HttpRequest): boolean {
  return (
    (request as Flagged)._body === true ||
    request.readableDidRead ||
    request.readableEnded ||
    request.readableFlowing === true ||
    request.listenerCount('readable') > 0
  );
}

/** Tells the parsers that come after: those of express 5 see for themselves that nothing is left. */
export function markTaken(request: HttpRequest): void {
  (request as Flagged)._body = true;
}
