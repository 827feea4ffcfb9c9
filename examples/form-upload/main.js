// A server that takes forms: photos whole, each in one recycled buffer, and other files piece by piece.
//
//   node examples/form-upload/main.js
//
// starts the server, posts forms to it, several at a time, and prints what came. It needs the package busboy.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BufferRecycler } from 'giveback';
import { formServer } from './server.js';

const MiB = 1024 * 1024;

// Forms wait while 64 MiB are in use: more never are, however many clients come.
const buffers = new BufferRecycler({ memory: 'elastic', maxBytes: 64 * MiB });
const folder = await mkdtemp(join(tmpdir(), 'forms-'));
const server = formServer(folder, buffers).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${server.address().port}`;

for (const size of [1, 5.5, 12, 3]) {
  const right = await Promise.all(Array.from({ length: 4 }, () => post(size)));
  console.log(`4 forms with files of ${size} MiB: ${right.filter(Boolean).length} right`);
}
const large = new FormData();
large.append('photo', new Blob([Buffer.alloc(33 * MiB)]), 'large.jpg');
console.log(`one that is too large: ${(await fetch(url, { method: 'POST', body: large })).status}`);

server.close();
server.closeAllConnections();
await rm(folder, { recursive: true });
const { gets, makes, lent, peak } = buffers.stats();
console.log(`${gets} gets, ${makes} makes, ${lent.count} still lent`);
console.log(`at most ${Math.ceil(peak.heldBytes / MiB)} MiB held`);

/** Posts a photo and another file. @returns whether both were saved as they are. */
async function post(size) {
  const [photo, other] = [randomBytes(size * MiB), randomBytes(size * MiB)];
  const form = new FormData();
  form.append('title', 'a photo');
  form.append('photo', new Blob([photo]), 'photo.jpg');
  form.append('other', new Blob([other]), 'other.bin');
  const response = await fetch(url, { method: 'POST', body: form });
  const [first, second] = await response.json();
  const name = createHash('sha256').update(photo).digest('hex');
  const files = await Promise.all([first, second].map((each) => readFile(join(folder, each.name))));
  return first.name === name && files[0].equals(photo) && files[1].equals(other);
}
