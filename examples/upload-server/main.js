// A server that saves what is uploaded. Each body lies in one recycled buffer, from its first byte until
// its file is written; then the next body has that buffer. What is downloaded passes through the same.
//
//   node examples/upload-server/main.js
//
// starts the server, uploads a few files to it, several at a time, downloads one and prints what came.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BufferRecycler } from 'giveback';
import { uploadServer } from './server.js';

const MiB = 1024 * 1024;

// Uploads wait while 64 MiB are in use: more never are, however many clients come.
const buffers = new BufferRecycler({ memory: 'elastic', maxBytes: 64 * MiB });
const folder = await mkdtemp(join(tmpdir(), 'uploads-'));
const server = uploadServer(folder, buffers).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${server.address().port}`;

const names = [];
for (const size of [1, 5.5, 12, 3, 8, 2]) {
  const files = Array.from({ length: 4 }, () => randomBytes(size * MiB));
  names.push(...(await Promise.all(files.map(upload))));
  console.log(`4 files of ${size} MiB uploaded`);
}
const found = await fetch(`${url}/${names[0]}`);
console.log(`the first one downloaded: ${(await found.arrayBuffer()).byteLength} bytes`);
const missing = await fetch(`${url}/no-such-file`);
console.log(`one that is not there: ${missing.status}`);

server.close();
await rm(folder, { recursive: true });
const { gets, makes, lent, peak } = buffers.stats();
console.log(`${gets} gets, ${makes} makes, ${lent.count} still lent`);
console.log(`at most ${Math.ceil(peak.heldBytes / MiB)} MiB held`);

async function upload(file) {
  const response = await fetch(url, { method: 'POST', body: file });
  return response.text();
}
