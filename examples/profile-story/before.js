// An image service, as many are written: it saves what is uploaded, makes a preview of it, and sends both back.
//
//   node examples/profile-story/before.js [<port>]
//
// docs/profile.md tells what the profile of it says. after.js is the same with recycled buffers.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import express from 'express';
import { drawPreview, PREVIEW_BYTES } from './preview.js';

const compress = promisify(gzip);
const folder = mkdtempSync(join(tmpdir(), 'images-'));
const app = express().disable('etag');

app.post('/images/:id', async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const image = Buffer.concat(chunks);
  const digest = createHash('sha256').update(image).digest('hex');
  await writeFile(fileOf(request), image);
  const preview = Buffer.alloc(PREVIEW_BYTES);
  drawPreview(image, preview);
  await writeFile(`${fileOf(request)}.preview`, await compress(preview, { level: 1 }));
  response.status(201).json({ digest });
});

app.get('/images/:id', async (request, response) => {
  response.type('image/x-raw').send(await readFile(fileOf(request)));
});

app.get('/images/:id/preview', async (request, response) => {
  const preview = await readFile(`${fileOf(request)}.preview`);
  response.set('content-encoding', 'gzip').type('image/x-raw').send(preview);
});

app.use((error, _request, response, _next) => {
  response.status(error.code === 'ENOENT' ? 404 : (error.statusCode ?? 500)).end();
});

const server = app.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
process.once('SIGINT', () => {
  rmSync(folder, { recursive: true });
  process.exit();
});

/** Numbers only, so that no name leads out of the folder. */
function fileOf(request) {
  return join(folder, String(Number(request.params.id)));
}
