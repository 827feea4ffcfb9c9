import { type HttpRequest, type HttpResponse, isHttp2 } from './messages.ts';

/** The properties by which express, koa and fastify answer an error. */
interface HttpError extends Error {
  code?: string;
  statusCode?: number;
  status?: number;
  /** Whether to show the error's message to the client. */
  expose?: boolean;
  headers?: Record<string, string>;
}

/** Errors caused by the client or by load. Other errors of this library are faults of the program: 500. */
const STATUS: Readonly<Record<string, number>> = {
  ERR_GIVEBACK_TOO_LARGE: 413,
  ERR_GIVEBACK_ENCODING: 415,
  ERR_GIVEBACK_SOURCE: 400,
  ERR_GIVEBACK_BUDGET: 503,
  ERR_GIVEBACK_TIMEOUT: 503,
  ERR_GIVEBACK_MEMORY: 503,
  ERR_GIVEBACK_CLOSED: 503,
  // No block of shared memory is as large, so it is useless to try again.
  ERR_GIVEBACK_RANGE: 413,
};

/** Seconds. There is room as soon as another request is over. */
const RETRY_AFTER = '1';

/** HTTP/2's code for closing a stream without an error. */
const NO_ERROR = 0;

/**
 * Adds to an error what a framework needs to answer it, and takes care of the rest of the request. On
 * HTTP/1 the connection is closed after the answer, on HTTP/2 only the stream: so nothing hangs, and the
 * rest of the body is not taken for another request.
 *
 * @returns the error.
 */
export function refuse(error: unknown, request: HttpRequest, response: HttpResponse): unknown {
  const refused = describe(error);
  if (isHttp2(request)) {
    const { stream } = request;
    // The response reports that it has finished only when its stream is closed.
    stream.once('finish', () => {
      stream.close(NO_ERROR);
      // A stream that is not read to its end never closes, nor does its session.
      request.resume();
    });
  } else if (!response.headersSent) response.setHeader('connection', 'close');
  const { headers = {} } = (refused ?? {}) as HttpError;
  if (!response.headersSent)
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  return refused;
}

/** Adds to an error what a framework needs to answer it. @returns the error. */
export function describe(error: unknown): unknown {
  if (!(error instanceof Error) || !Object.isExtensible(error)) return error;
  const described = error as HttpError;
  const own = described.statusCode ?? described.status;
  const isOurs = described.code?.startsWith('ERR_GIVEBACK_') ?? false;
  // Any other error is one of the connection.
  const status = own ?? STATUS[described.code ?? ''] ?? (isOurs ? 500 : 400);
  Object.assign(described, { status, statusCode: status, expose: status < 500 });
  if (status === 503) described.headers = { ...described.headers, 'retry-after': RETRY_AFTER };
  return described;
}
