import { type HttpRequest, type HttpResponse, isHttp2 } from './messages.ts';

/** What an error has for whoever answers it: express, koa and fastify look for these names. */
interface HttpError extends Error {
  code?: string;
  statusCode?: number;
  status?: number;
  /** Whether its sentence is the client's business. */
  expose?: boolean;
  headers?: Record<string, string>;
}

/** What is the client's or the load's; any other error of this library is the program's own. */
const STATUS: Readonly<Record<string, number>> = {
  ERR_GIVEBACK_TOO_LARGE: 413,
  ERR_GIVEBACK_ENCODING: 415,
  ERR_GIVEBACK_SOURCE: 400,
  ERR_GIVEBACK_BUDGET: 503,
  ERR_GIVEBACK_TIMEOUT: 503,
  ERR_GIVEBACK_MEMORY: 503,
  ERR_GIVEBACK_CLOSED: 503,
  // No block of shared memory is as large: there is no use in trying again.
  ERR_GIVEBACK_RANGE: 413,
};

/** Seconds. Room comes back as soon as any other request is over. */
const RETRY_AFTER = '1';

/** HTTP/2's code for a stream that is closed although nothing went wrong. */
const NO_ERROR = 0;

/**
 * Makes an error what a framework answers rightly, and sees to what is left of the request: on HTTP/1 the
 * connection is closed after the answer, on HTTP/2 only the stream, so that nothing hangs, and
 * nothing of the body is taken for another request.
 */
export function refuse(error: unknown, request: HttpRequest, response: HttpResponse): unknown {
  const refused = describe(error);
  if (isHttp2(request)) {
    const { stream } = request;
    // The response says that it has finished when its stream is closed.
    stream.once('finish', () => {
      stream.close(NO_ERROR);
      // A stream whose bytes are not taken never closes, nor does its session.
      request.resume();
    });
  } else if (!response.headersSent) response.setHeader('connection', 'close');
  const { headers = {} } = (refused ?? {}) as HttpError;
  if (!response.headersSent)
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  return refused;
}

function describe(error: unknown): unknown {
  if (!(error instanceof Error) || !Object.isExtensible(error)) return error;
  const described = error as HttpError;
  const own = described.statusCode ?? described.status;
  const isOurs = described.code?.startsWith('ERR_GIVEBACK_') ?? false;
  // Whatever else ends a body is an error of its connection.
  const status = own ?? STATUS[described.code ?? ''] ?? (isOurs ? 500 : 400);
  Object.assign(described, { status, statusCode: status, expose: status < 500 });
  if (status === 503) described.headers = { ...described.headers, 'retry-after': RETRY_AFTER };
  return described;
}
