import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isMarked } from '../marks.ts';
import { listen } from './loopback.ts';
import { PART, S3_PARTS } from './peer.ts';

/** As much of S3 as an upload in parts speaks. It checks every mark of every part, and keeps nothing. */
export class S3Store {
  errors = 0;
  /** Parts of each upload that have arrived. */
  readonly #parts = new Map<string, number>();
  readonly #server: Server;

  constructor() {
    // Connections never time out, or a slow relay could send into one that is being closed.
    this.#server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
      this.#answer(request, response).catch(() => {
        this.errors += 1;
      });
    });
  }

  listen(): Promise<number> {
    return listen(this.#server);
  }

  close(): void {
    this.#server.close();
  }

  /** The objects are called after the streams: `/bucket/<stream>`. */
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const stream = Number(pathname.split('/').at(-1));
    if (request.method === 'PUT') {
      const part = Number(searchParams.get('partNumber'));
      await this.#take(request, stream, (part - 1) * PART);
      this.#parts.set(pathname, (this.#parts.get(pathname) ?? 0) + 1);
      // The CRC that came with it stands for the one that S3 would compute.
      const crc = request.headers['x-amz-checksum-crc32'];
      response.writeHead(200, {
        etag: `"${part}"`,
        ...(crc !== undefined && { 'x-amz-checksum-crc32': crc }),
      });
      response.end();
      return;
    }
    request.resume();
    await once(request, 'end');
    if (searchParams.has('uploads')) {
      xml(response, 'InitiateMultipartUploadResult', '<UploadId>1</UploadId>');
      return;
    }
    if (this.#parts.get(pathname) !== S3_PARTS) this.errors += 1;
    xml(response, 'CompleteMultipartUploadResult', '<ETag>"whole"</ETag>');
  }

  async #take(request: IncomingMessage, stream: number, first: number): Promise<void> {
    let position = first;
    request.on('data', (bytes: Buffer) => {
      if (!isMarked(bytes, stream, position)) this.errors += 1;
      position += bytes.length;
    });
    await once(request, 'end');
    if (position - first !== PART) this.errors += 1;
  }
}

function xml(response: ServerResponse, name: string, content: string): void {
  response.writeHead(200, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0" encoding="UTF-8"?><${name}>${content}</${name}>`);
}
