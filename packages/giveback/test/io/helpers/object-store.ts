import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { buffer } from 'node:stream/consumers';

/**
 * As much of S3 as an upload speaks: whole objects, and objects in parts. What has arrived stands in
 * `objects`, by its path.
 */
export function objectStore(): { server: Server; objects: Map<string, Buffer> } {
  const objects = new Map<string, Buffer>();
  const uploads = new Map<string, Buffer[]>();

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const { pathname, searchParams } = new URL(request.url as string, 'http://localhost');
    const body = await buffer(request);
    const upload = searchParams.get('uploadId') ?? '';
    if (searchParams.has('uploads')) {
      const id = String(uploads.size + 1);
      uploads.set(id, []);
      return xml('InitiateMultipartUploadResult', `<UploadId>${id}</UploadId>`);
    }
    const parts = uploads.get(upload);
    if (request.method === 'POST' && parts !== undefined) {
      objects.set(pathname, Buffer.concat(parts));
      return xml('CompleteMultipartUploadResult', '<ETag>"whole"</ETag>');
    }
    if (parts !== undefined) parts[Number(searchParams.get('partNumber')) - 1] = body;
    else objects.set(pathname, body);
    return { body: '', headers: { etag: `"${createHash('md5').update(body).digest('hex')}"` } };
  };

  const server = createServer((request, response) => {
    answer(request).then(
      ({ headers, body }) => response.writeHead(200, headers).end(body),
      (error) => response.destroy(error),
    );
  });
  return { server, objects };
}

interface Answer {
  readonly headers: Record<string, string>;
  readonly body: string;
}

function xml(name: string, content: string): Answer {
  return {
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?><${name}>${content}</${name}>`,
  };
}
