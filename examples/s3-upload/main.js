// Uploads a stream of unknown length to S3, in parts of 5 MiB that are recycled.
//
//   node examples/s3-upload/main.js [<MiB>]
//
// starts an S3 server, uploads that much, downloads it again, and compares the checksums.

import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { BufferRecycler } from 'giveback';
import S3rver from 's3rver';
import { upload } from './upload.js';

const MiB = 1024 * 1024;
const PART = 5 * MiB;
const size = Number(process.argv[2] ?? 64);

const directory = await mkdtemp(join(tmpdir(), 's3-'));
const configureBuckets = [{ name: 'bucket' }];
const server = new S3rver({
  directory,
  port: 0,
  address: '127.0.0.1',
  silent: true,
  configureBuckets,
});
const { port } = await server.run();
const client = new S3Client({
  endpoint: `http://127.0.0.1:${port}`,
  region: 'local',
  forcePathStyle: true,
  credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
});
const buffers = new BufferRecycler({ memory: 'elastic', maxBytes: 4 * PART, name: 'parts' });

const sent = createHash('sha256');
async function* random() {
  for (let count = 0; count < size; count++) {
    const bytes = randomBytes(MiB);
    sent.update(bytes);
    yield bytes;
  }
}
const started = performance.now();
const object = { Bucket: 'bucket', Key: 'random' };
const { bytes, parts } = await upload(client, object, Readable.from(random()), buffers, {
  partSize: PART,
});
const seconds = (performance.now() - started) / 1000;

const stored = createHash('sha256');
const { Body } = await client.send(new GetObjectCommand(object));
for await (const chunk of Body) stored.update(chunk);
client.destroy();
await server.close();
await rm(directory, { recursive: true });

const { makes, lent } = buffers.stats();
console.log(`${bytes / MiB} MiB in ${parts} parts, ${Math.round(size / seconds)} MiB/s`);
console.log(`sent    ${sent.digest('hex')}`);
console.log(`stored  ${stored.digest('hex')}`);
console.log(`${makes} makes, ${lent.count} still lent`);
