import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileChunks, readBody } from 'giveback/io';

/**
 * What stands for the object store: takes the parts of one object in any order, as PUT /<number>, answers
 * each with its SHA-256, and POST / with that of the whole.
 */
export function store(path, partSize, buffers) {
  return createServer(async (request, response) => {
    const number = Number(request.url.slice(1));
    const file = await open(path, request.method === 'PUT' ? 'r+' : 'r');
    try {
      response.end(await (request.method === 'PUT' ? save(request, file, number) : hash(file)));
    } finally {
      await file.close();
    }
  });

  async function save(request, file, number) {
    const part = await readBody(request, buffers, { limit: partSize });
    try {
      await file.write(part, 0, part.length, number * partSize);
      return createHash('sha256').update(part).digest('hex');
    } finally {
      buffers.give(part);
    }
  }

  async function hash(file) {
    const whole = createHash('sha256');
    for await (const chunk of fileChunks(file, buffers)) {
      try {
        whole.update(chunk);
      } finally {
        buffers.give(chunk);
      }
    }
    return whole.digest('hex');
  }
}
