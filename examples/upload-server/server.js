import { createHash } from 'node:crypto';
import { open, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pump, readBody } from 'giveback/io';

/** Nobody else looks at a request's chunks here, so they need not wait for the collector. */
const BODY = { limit: 64 * 1024 * 1024, waitTimeout: 10_000, detachChunks: true };

const STATUS = {
  ENOENT: 404,
  ERR_GIVEBACK_TOO_LARGE: 413,
  ERR_GIVEBACK_BUDGET: 503,
  ERR_GIVEBACK_TIMEOUT: 503,
};

/** POST / saves a body and answers with its SHA-256; GET /<SHA-256> sends it back. */
export function uploadServer(folder, buffers) {
  return createServer(async (request, response) => {
    try {
      if (request.method === 'POST') await save(request, response);
      else await send(request, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else response.writeHead(STATUS[error.code] ?? 400, { connection: 'close' }).end();
    }
  });

  async function save(request, response) {
    const body = await readBody(request, buffers, BODY);
    try {
      const name = createHash('sha256').update(body).digest('hex');
      await writeFile(join(folder, name), body);
      response.writeHead(201).end(name);
    } finally {
      // The file has it, or never will. Not before: the write reads the buffer until it is over.
      buffers.give(body);
    }
  }

  async function send(request, response) {
    const [, name = 'none'] = /^\/([0-9a-f]{64})$/.exec(request.url) ?? [];
    const file = await open(join(folder, name));
    try {
      await pump(file, response, buffers);
    } finally {
      await file.close();
    }
  }
}
