import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';

/** What a request for a part may meet. */
export type Fate = 'served' | 'early' | 'slow' | 'busy' | 'busy-later' | 'cut-off' | 'stuck';

interface Part {
  readonly body: Buffer;
  readonly etag: string;
}

/**
 * A store that speaks as much of S3 as an upload does, and misbehaves: `fateOf` says what becomes of each request for a
 * part. Everything that it ever receives of a part is shown to `onBytes`, also when the request comes to nothing.
 */
export class UnrulyStore {
  readonly server: Server;
  readonly objects = new Map<string, Buffer>();
  readonly #uploads = new Map<string, Map<number, Part>>();
  readonly #fateOf: () => Fate;
  readonly #onBytes: (key: string, part: number, bytes: Buffer) => void;
  #ids = 0;

  constructor(fateOf: () => Fate, onBytes: (key: string, part: number, bytes: Buffer) => void) {
    this.#fateOf = fateOf;
    this.#onBytes = onBytes;
    this.server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  /** Uploads that were begun, and neither completed nor aborted. */
  get unfinished(): number {
    return this.#uploads.size;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url as string, 'http://localhost');
    const id = searchParams.get('uploadId');
    const parts = this.#uploads.get(id ?? '');
    if (searchParams.has('uploads')) return this.#begin(request, response);
    // Also a part that was under way while its upload was aborted: it becomes no object.
    if (id !== null && parts === undefined) return noSuchUpload(request, response);
    if (request.method === 'PUT')
      return this.#receive(
        request,
        response,
        pathname,
        Number(searchParams.get('partNumber')),
        parts,
      );
    const body = await read(request);
    if (id === null || parts === undefined) return void response.writeHead(404).end();
    if (request.method === 'DELETE') {
      this.#uploads.delete(id);
      return void response.writeHead(204).end();
    }
    return this.#complete(response, pathname, id, parts, body.toString());
  }

  async #begin(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await read(request);
    const id = String(++this.#ids);
    this.#uploads.set(id, new Map());
    xml(response, 'InitiateMultipartUploadResult', `<UploadId>${id}</UploadId>`);
  }

  async #receive(
    request: IncomingMessage,
    response: ServerResponse,
    key: string,
    number: number,
    parts: Map<number, Part> | undefined,
  ): Promise<void> {
    const fate = this.#fateOf();
    const store = (body: Buffer): void => {
      const etag = `"${createHash('md5').update(body).digest('hex')}"`;
      if (parts === undefined) this.objects.set(key, body);
      else parts.set(number, { body, etag });
      const checksum = Buffer.alloc(4);
      checksum.writeUInt32BE(crc32(body));
      response.writeHead(200, { etag, 'x-amz-checksum-crc32': checksum.toString('base64') });
      response.end();
    };
    if (fate === 'busy') return busy(response);
    if (fate === 'early') store(Buffer.alloc(0));
    const chunks: Buffer[] = [];
    let length = 0;
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        chunks.push(chunk);
        length += chunk.length;
        if (fate === 'slow') await sleep(1);
        if (fate === 'cut-off' && length > 100_000) request.destroy();
        if (fate === 'stuck' && length > 100_000) await sleep(500);
      }
    } finally {
      this.#onBytes(key, number, Buffer.concat(chunks));
    }
    if (fate === 'busy-later') return busy(response);
    if (!response.headersSent) store(Buffer.concat(chunks));
  }

  #complete(
    response: ServerResponse,
    key: string,
    id: string,
    parts: Map<number, Part>,
    body: string,
  ): void {
    const listed = [...body.matchAll(/<Part>.*?<\/Part>/gs)].map(([part]) => {
      const etag = /<ETag>(.*?)<\/ETag>/.exec(part)?.[1]?.replaceAll('&quot;', '"');
      const number = Number(/<PartNumber>(\d+)/.exec(part)?.[1]);
      const found = parts.get(number);
      return found?.etag === etag ? found : undefined;
    });
    if (listed.some((part) => part === undefined || part.body.length === 0))
      return void response.writeHead(400).end('<Error><Code>InvalidPart</Code></Error>');
    this.objects.set(key, Buffer.concat((listed as Part[]).map((part) => part.body)));
    this.#uploads.delete(id);
    xml(response, 'CompleteMultipartUploadResult', '<ETag>"whole"</ETag>');
  }
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(request, 'end');
  return Buffer.concat(chunks);
}

async function noSuchUpload(request: IncomingMessage, response: ServerResponse): Promise<void> {
  await read(request);
  response.writeHead(404).end('<Error><Code>NoSuchUpload</Code></Error>');
}

function busy(response: ServerResponse): void {
  response.writeHead(503).end('<Error><Code>SlowDown</Code></Error>');
}

function xml(response: ServerResponse, name: string, content: string): void {
  response.writeHead(200, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0" encoding="UTF-8"?><${name}>${content}</${name}>`);
}
