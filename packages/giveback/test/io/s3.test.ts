import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, test } from 'node:test';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { type BufferPool, fileChunks, streamChunks } from '../../src/io/index.ts';
import { stayAlive } from './helpers/alive.ts';
import { pools } from './helpers/kinds.ts';
import { objectStore } from './helpers/object-store.ts';
import { start } from './helpers/sockets.ts';
import { patterned } from './helpers/streams.ts';

stayAlive();

const MiB = 1024 * 1024;
// Two parts of the least size that S3 takes, and a rest.
const content = patterned(12 * MiB + 1);
const folder = mkdtempSync(join(tmpdir(), 'giveback-s3-'));
const path = join(folder, 'file');
writeFileSync(path, content);
after(() => rmSync(folder, { recursive: true }));

for (const kind of ['fixed', 'elastic', 'shared', 'unpooled'])
  test(`${kind}: what an S3 client uploads is what was read`, async (t) => {
    const buffers = (pools[kind] as () => BufferPool)();
    const { server, objects } = objectStore();
    const client = new S3Client({
      endpoint: `http://127.0.0.1:${await start(t, server)}`,
      region: 'local',
      credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
    t.after(() => client.destroy());
    // Shared memory does not notice what is dropped: there must be enough of it for all.
    const open = (): Readable => Readable.from(fileChunks(path, buffers, { chunkSize: 64 * 1024 }));
    const bodies = {
      file: open(),
      stream: Readable.from(streamChunks(new Blob([content]).stream() as never, buffers)),
    };
    for (const [Key, Body] of Object.entries(bodies)) {
      await new Upload({ client, params: { Bucket: 'bucket', Key, Body } }).done();
      assert.ok(objects.get(`/bucket/${Key}`)?.equals(content), Key);
    }
    const Body = open();
    const ContentLength = content.length;
    await client.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'put', Body, ContentLength }));
    assert.ok(objects.get('/bucket/put')?.equals(content));
  });
