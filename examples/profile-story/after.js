// The image service of before.js, with recycled buffers where its profile says that they pay.
//
//   node examples/profile-story/after.js [<port>]
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import express from 'express';
import { BufferRecycler } from 'giveback';
import { expressBody, giveAfter } from 'giveback/io';
import { drawPreview, PREVIEW_BYTES } from './preview.js';

const compress = promisify(gzip);
const folder = mkdtempSync(join(tmpdir(), 'images-'));
const app = express().disable('etag');
const images = new BufferRecycler({ memory: 'elastic', maxBytes: 256 * 1024 * 1024 });
const previews = new BufferRecycler();

// Nobody else looks at a request's chunks, so each is freed once it is copied.
const body = expressBody(images, { detachChunks: true });

app.post('/images/:id', body, async (request, response) => {
  const image = request.body; // lent until the response has finished
  const digest = createHash('sha256').update(image).digest('hex');
  await writeFile(fileOf(request), image);
  const preview = previews.get(PREVIEW_BYTES);
  try {
    drawPreview(image, preview);
    await writeFile(`${fileOf(request)}.preview`, await compress(preview, { level: 1 }));
  } finally {
    previews.give(preview);
  }
  response.status(201).json({ digest });
});

app.get('/images/:id', async (request, response) => {
  await send(fileOf(request), response);
});

app.get('/images/:id/preview', async (request, response) => {
  await send(`${fileOf(request)}.preview`, response.set('content-encoding', 'gzip'));
});

app.use((error, _request, response, _next) => {
  if (response.headersSent) response.destroy();
  else response.status(error.code === 'ENOENT' ? 404 : (error.statusCode ?? 500)).end();
});

const server = app.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
process.once('SIGINT', () => {
  rmSync(folder, { recursive: true });
  process.exit();
});

/** Reads a file into a recycled buffer, which comes back when the response has finished. */
async function send(path, response) {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const bytes = images.get(size);
    giveAfter(response, bytes);
    await file.read(bytes);
    response.type('image/x-raw').send(bytes);
  } finally {
    await file.close();
  }
}

/** Numbers only, so that no name leads out of the folder. */
function fileOf(request) {
  return join(folder, String(Number(request.params.id)));
}
