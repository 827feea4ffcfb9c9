// Relays an upload to an object store in parts of 8 MiB, several at a time, as S3 wants it. The limit of
// the recycler is the limit of the parts that are on their way: the upload comes as fast as they leave.
//
//   node examples/multipart-relay/main.js [<MiB>]
//
// starts the store and the relay, uploads that much, and compares the checksums of all three.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { BufferRecycler } from 'giveback';
import { relay } from './relay.js';
import { store } from './store.js';

const MiB = 1024 * 1024;
const PART = 8 * MiB;
const size = Number(process.argv[2] ?? 100);

const stored = new BufferRecycler({ memory: 'elastic', name: 'stored' });
const parts = new BufferRecycler({ memory: 'elastic', maxBytes: 4 * PART, name: 'parts' });
const folder = await mkdtemp(join(tmpdir(), 'store-'));
const file = join(folder, 'object');
await writeFile(file, '');
const storing = await listen(store(file, PART, stored));
const relaying = await listen(relay(addressOf(storing), PART, parts));

const started = performance.now();
const upload = request(addressOf(relaying), { method: 'POST' });
const answered = once(upload, 'response');
const digest = createHash('sha256');
for (let count = 0; count < size; count++) {
  const bytes = randomBytes(MiB);
  digest.update(bytes);
  if (!upload.write(bytes)) await once(upload, 'drain');
}
upload.end();
const [response] = await answered;
const answer = await json(response);
const seconds = (performance.now() - started) / 1000;
storing.close();
relaying.close();
await rm(folder, { recursive: true });

const { makes, peak, lent } = parts.stats();
console.log(`${size} MiB relayed in ${answer.parts} parts, ${Math.round(size / seconds)} MiB/s`);
console.log(`sent     ${digest.digest('hex')}`);
console.log(`relayed  ${answer.relayed}`);
console.log(`stored   ${answer.stored}`);
console.log(
  `${makes} makes, at most ${peak.lentBytes / PART} parts lent, ${lent.count} still lent`,
);

async function listen(server) {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

function addressOf(server) {
  return `http://127.0.0.1:${server.address().port}`;
}
