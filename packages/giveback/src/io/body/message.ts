import type { Readable } from 'node:stream';

// HTTP messages among the streams, recognised by their shape.

/** What an HTTP message of Node has besides those of a stream. */
interface Message {
  readonly headers?: { readonly 'content-length'?: string };
  /** Requests to a server have it. */
  readonly method?: string | null;
  /** Responses to a client have it: the request they answer. */
  readonly req?: { readonly method?: string };
  /** HTTP/2 streams of a server have it. */
  readonly respond?: unknown;
}

/** The value of a `content-length` header; 0 if there is none or it is not a number. */
export function lengthOf(header: unknown): number {
  return typeof header === 'string' && /^\d+$/.test(header) ? Number(header) : 0;
}

/** The `content-length` of a message; 0 for the answer to a HEAD request, which has no body, and for other streams. */
export function announcedBy(source: Readable): number {
  const { req, headers } = source as Readable & Message;
  return req?.method === 'HEAD' ? 0 : lengthOf(headers?.['content-length']);
}

/**
 * Leaves a stream that will not be read to its end: destroys it. A request to a server is only paused, because
 * destroying that would destroy its response.
 */
export function leave(source: Readable): void {
  const { headers, method, respond } = source as Readable & Message;
  const mustBeAnswered =
    (headers !== undefined && typeof method === 'string') || typeof respond === 'function';
  if (mustBeAnswered) source.pause();
  else source.on('error', () => {}).destroy();
}
