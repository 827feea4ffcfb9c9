import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { readForm } from 'giveback/io';

/** Nobody else looks at a request's chunks here, so they need not wait for the collector. */
const FORM = { limits: { fileSize: 32 * 1024 * 1024 }, waitTimeout: 10_000, detachChunks: true };

const STATUS = {
  ERR_GIVEBACK_TOO_LARGE: 413,
  ERR_GIVEBACK_ENCODING: 415,
  ERR_GIVEBACK_BUDGET: 503,
  ERR_GIVEBACK_TIMEOUT: 503,
};

/**
 * POST / takes a form. Files named `photo` are saved under their SHA-256, which takes each of them whole;
 * others are saved as they come, under a number. It answers with what it has saved, as JSON.
 */
export function formServer(folder, buffers) {
  let numbers = 0;
  return createServer(async (request, response) => {
    const saved = [];
    try {
      for await (const part of readForm(request, buffers, FORM)) {
        if (part.type === 'field' || part.filename === undefined) continue;
        // Never a name that the client has chosen.
        const save = part.name === 'photo' ? savePhoto : saveOther;
        saved.push({ filename: part.filename, name: await save(part) });
      }
      response.end(JSON.stringify(saved));
    } catch (error) {
      response.writeHead(STATUS[error.code] ?? 400, { connection: 'close' }).end();
    }
  });

  async function savePhoto(part) {
    const photo = await part.toBuffer();
    try {
      const name = createHash('sha256').update(photo).digest('hex');
      await writeFile(join(folder, name), photo);
      return name;
    } finally {
      // The file has it, or never will. Not before: the write reads the buffer until it is over.
      buffers.give(photo);
    }
  }

  async function saveOther(part) {
    const name = String(++numbers);
    try {
      await part.pump(createWriteStream(join(folder, name)));
      return name;
    } catch (error) {
      await rm(join(folder, name), { force: true });
      throw error;
    }
  }
}
