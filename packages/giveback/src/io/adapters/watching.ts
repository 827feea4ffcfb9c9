import type { ServerResponse } from 'node:http';
import { type HttpRequest, type HttpResponse, isHttp2 } from './messages.ts';

/** Milliseconds from one probe to the next. */
const PROBE_EVERY = 500;

/** HTTP/2's code for a stream that is no longer wanted. */
const CANCEL = 8;

/**
 * Writes `102 Processing` every half second while a request is paused, so that the client's system reports
 * if the client has left. HTTP/2 reports that by itself, and clients before HTTP/1.1 do not know `102`.
 *
 * @returns a function that stops it.
 */
export function probing(request: HttpRequest, response: HttpResponse): () => void {
  if (isHttp2(request) || request.httpVersion !== '1.1') return () => {};
  const timer = setInterval(() => {
    if (request.isPaused() && !response.headersSent) (response as ServerResponse).writeProcessing();
  }, PROBE_EVERY);
  return () => clearInterval(timer);
}

/**
 * Closes the connection of a client (on HTTP/2 its stream) that has read nothing of its response for that
 * many ms. Node's timer also runs while a handler is working, so this checks that there is something to
 * read.
 */
export function closeWhenStalled(
  request: HttpRequest,
  response: HttpResponse,
  timeout: number,
): void {
  response.setTimeout(Math.min(timeout, 2 ** 31 - 1), () => {
    const { writableLength, writableEnded, writableFinished } = response;
    if (writableLength === 0 && !(writableEnded && !writableFinished)) return;
    if (isHttp2(request)) request.stream.close(CANCEL);
    else request.socket.destroy();
  });
}
