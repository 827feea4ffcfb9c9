import type { ServerResponse } from 'node:http';
import { type HttpRequest, type HttpResponse, isHttp2 } from './messages.ts';

const PROBE_EVERY = 500;

/** HTTP/2's code for a stream that is not wanted any more. */
const CANCEL = 8;

/**
 * Writes `102 Processing` every half second while a request is paused, so that the client's system says
 * if nobody is there any more. HTTP/2 says so by itself, and clients before HTTP/1.1 do not know of it.
 *
 * @returns what stops it.
 */
export function probing(request: HttpRequest, response: HttpResponse): () => void {
  if (isHttp2(request) || request.httpVersion !== '1.1') return () => {};
  const timer = setInterval(() => {
    if (request.isPaused() && !response.headersSent) (response as ServerResponse).writeProcessing();
  }, PROBE_EVERY);
  return () => clearInterval(timer);
}

/**
 * Closes the connection of a client, or its stream of one, that has read nothing of its response for so
 * many ms. Node's timer runs on while a handler is at work: what counts is that there is something to read.
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
