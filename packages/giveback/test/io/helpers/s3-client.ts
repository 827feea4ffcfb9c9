import { S3Client } from '@aws-sdk/client-s3';

/** What a client asks of a store. */
export type Kind = 'begin' | 'part' | 'whole' | 'complete' | 'end';

export function kindOf(method: string | undefined, query: URLSearchParams): Kind {
  if (query.has('uploads')) return 'begin';
  if (method === 'DELETE') return 'end';
  if (method === 'POST') return 'complete';
  return query.has('uploadId') ? 'part' : 'whole';
}

/** Milliseconds that a request may take, by kind and, for a part, by its number; without end if undefined. */
export type TimeoutOf = (kind: Kind, part: number) => number | undefined;

/**
 * A client of a store on loopback. `timeoutOf` should name as few requests as it can: on a busy machine others take
 * that long as well, and are sent again.
 */
export function clientOf(
  port: number,
  maxAttempts?: number,
  timeoutOf: TimeoutOf = () => undefined,
): S3Client {
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'local',
    forcePathStyle: true,
    // Those that s3rver knows.
    credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
    requestHandler: { throwOnRequestTimeout: true },
    ...(maxAttempts !== undefined && { maxAttempts }),
  });
  const { requestHandler } = client.config;
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = (request, options) => {
    const query = new URLSearchParams(request.query as Record<string, string>);
    const timeout = timeoutOf(kindOf(request.method, query), Number(query.get('partNumber')));
    return handle(
      request,
      timeout === undefined ? options : { ...options, requestTimeout: timeout },
    );
  };
  return client;
}
